import type { Integrations } from './integrations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods to manage integrations and to read their history, for the host's own code. */
    integrations: Integrations
  }
}
