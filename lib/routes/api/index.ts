import type { FastifyInstance } from 'fastify'
import { components } from '../../../schemas/openapi.ts'
import type { Calls } from '../../guard/calls.ts'
import type { Deliveries } from '../../history/deliveries.ts'
import type { ExplainParts } from '../../explain/explain.ts'
import type { Rules } from '../../management/rules.ts'
import type { Settings } from '../../options/options.ts'
import type { Documentation } from '../document.ts'
import { parseJsonOnly } from './body.ts'
import { sayJsonOnly } from './content-type.ts'
import { clearHistoryRoute } from './clear-history.ts'
import { createRoute } from './create.ts'
import { sendFailure } from './failure.ts'
import { documentKindRoute } from './document-kind.ts'
import { explainRoute } from './explain.ts'
import { getRoute } from './get.ts'
import { historyRoute } from './history.ts'
import { listRoute } from './list.ts'
import { regenerateTokenRoute } from './regenerate-token.ts'
import { removeRoute } from './remove.ts'
import { replayOutgoingRoute } from './replay-outgoing.ts'
import { authenticateRequests } from './session.ts'
import { statusRoute } from './status.ts'
import { updateRoute } from './update.ts'
import type { SchemaTypes } from './validator.ts'

const managementRoutes = [
  listRoute, getRoute, updateRoute, removeRoute, regenerateTokenRoute, historyRoute, clearHistoryRoute,
  statusRoute, replayOutgoingRoute, explainRoute
]

/**
 * Everything that speaks HTTP, in a context of its own: parser, validator,
 * serializer, error handler and hooks reach our routes and nothing else, and
 * our routes do not depend on the settings of the host's own routes.
 *
 * @param deliveries null on a server without outgoing webhooks.
 * @param explanations the parts that explanations are made with.
 */
export async function integrationRoutes (
  context: FastifyInstance, settings: Settings, rules: Rules, newCalls: () => Calls, deliveries: Deliveries | null,
  explanations: ExplainParts, documentation: Documentation
): Promise<void> {
  parseJsonOnly(context)
  // Answers are built field by field by the capabilities; a host's serializer could convert or drop some.
  context.setSerializerCompiler(() => (body) => JSON.stringify(body))
  context.setReplySerializer((body) => JSON.stringify(body))
  context.setErrorHandler(sendFailure)
  sayJsonOnly(context)
  authenticateRequests(context, newCalls)
  // Named, so that a document refers to them; nothing here is validated with them.
  for (const component of components) {
    if (context.getSchema(String(component.$id)) === undefined) context.addSchema(component)
  }
  const parts = { context: context.withTypeProvider<SchemaTypes>(), settings, rules, deliveries, explanations, documentation }
  if (settings.managementRoutes) documentKindRoute(parts)
  createRoute(parts)
  if (settings.managementRoutes) for (const addRoute of managementRoutes) addRoute(parts)
}
