import type { Integrations } from './management/integrations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Integrations, for the host's own code. */
    integrations: Integrations
  }
}
