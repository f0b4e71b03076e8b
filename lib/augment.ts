import type { Integrations } from './integrations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Integrations, for the host's own code. */
    integrations: Integrations
  }
}
