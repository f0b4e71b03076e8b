import type { Calls } from './guard/calls.ts'
import { bindHistory, type HistoryMethods } from './history/methods.ts'
import { bindIntegrations, type ManagementMethods } from './management/integrations.ts'
import type { Rules } from './management/rules.ts'
import type { IntegrationStore } from './ports/store.ts'

/**
 * The methods for the host's own code: `fastify.integrations`.
 *
 * Every method acts on behalf of a user. The permissions of the user decide,
 * under the same rules as in the route of the same name. A method rejects with
 * an `IntegrationError` that has the code that a client would get, or with a
 * TypeError when the first argument is no user.
 *
 * A method copies its input before it checks the input. The input is plain data
 * as JSON could carry it: no getters, symbols, proxies or class instances.
 */
export interface Integrations extends ManagementMethods, HistoryMethods {}

/**
 * Makes `fastify.integrations`.
 *
 * @param calls makes the calls of one piece of work.
 */
export function integrationsOf (store: IntegrationStore, rules: Rules, calls: () => Calls): Integrations {
  return Object.freeze({ ...bindIntegrations(store, rules, calls), ...bindHistory(calls) })
}
