import type { Explanations } from './explain/explain.ts'
import type { Histories } from './history/methods.ts'
import type { Executions } from './incoming/execute.ts'
import type { Management } from './management/integrations.ts'
import type { Emit } from './outgoing/dispatcher.ts'

/** The methods for the host's own code: `fastify.integrations`. */
export interface Integrations extends Management, Histories, Executions, Explanations {
  /** Tells the plugin of something that has happened: the outgoing webhooks that wait for it call their receivers. */
  readonly emit: Emit
}
