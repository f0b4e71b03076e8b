import type { FastifyInstance } from 'fastify'

/** The content type that Fastify sets for an object. */
const standard = 'application/json; charset=utf-8'

/**
 * Answers say `application/json` without a parameter: JSON has no charset,
 * and clients of Rocket.Chat compare the whole header.
 */
export function sayJsonOnly (context: FastifyInstance): void {
  // Fastify adds the charset when an object is sent, which is before this hook.
  context.addHook('preSerialization', (_request, reply, payload, done) => {
    if (reply.getHeader('content-type') === standard) reply.header('content-type', 'application/json')
    done(null, payload)
  })
}
