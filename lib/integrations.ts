import type { Histories } from './history/methods.ts'
import type { Executions } from './incoming/execute.ts'
import type { Management } from './management/integrations.ts'

/** The methods for the host's own code: `fastify.integrations`. */
export interface Integrations extends Management, Histories, Executions {}
