import type { FastifyReply, FastifyRequest, RegisterOptions } from 'fastify'

/**
 * The serializers of log lines about requests and replies. A serializer of the
 * host could log the parameters of a path, and one of them is the token. The
 * fields are those of Fastify's own serializers.
 */
export function hookSerializers (): Required<RegisterOptions>['logSerializers'] {
  return {
    req: (request: Partial<FastifyRequest>) => logged({
      method: request.method,
      url: request.url,
      host: request.host,
      remoteAddress: request.ip,
      remotePort: request.socket?.remotePort
    }),
    res: (reply: Partial<FastifyReply>) => logged({ statusCode: reply.statusCode })
  }
}

/** Fastify's type says that a serializer makes a text. The logger takes any value, and Fastify's own serializers make objects. */
function logged (facts: object): string {
  return facts as unknown as string
}
