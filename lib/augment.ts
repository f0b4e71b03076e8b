import type { Integrations } from './integrations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods for the host's own code. */
    integrations: Integrations
  }
}
