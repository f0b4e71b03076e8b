import type { FastifyReply, FastifyRequest, RegisterOptions } from 'fastify'
import { hiddenUrl } from './path.ts'

/**
 * The serializers of log lines: the path of a hook holds its token, and a serializer of the host could log it.
 *
 * @param prefix of the hook routes, with that of the host's context.
 */
export function hookSerializers (prefix: string): Required<RegisterOptions>['logSerializers'] {
  return {
    // The same fields as those of Fastify's own serializers.
    req: (request: FastifyRequest) => logged({
      method: request.method,
      url: hiddenUrl(request.url, prefix),
      host: request.host,
      remoteAddress: request.ip,
      remotePort: request.socket?.remotePort
    }),
    res: (reply: FastifyReply) => logged({ statusCode: reply.statusCode })
  }
}

/** Fastify's type says that a serializer makes a text. The logger takes any value, and Fastify's own serializers make objects. */
function logged (facts: object): string {
  return facts as unknown as string
}
