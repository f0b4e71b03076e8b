import type { Integrations } from './management/integrations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods to manage integrations, for the host's own code. */
    integrations: Integrations
  }
}
