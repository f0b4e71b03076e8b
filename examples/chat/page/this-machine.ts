import type { FastifyReply, FastifyRequest } from 'fastify'

const ownAddress = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/
const ownName = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i

/**
 * Refuses requests from other machines. The page has no login, so that it can
 * be tried at once, and is a demo for the machine that the server runs on.
 *
 * The name in `Host` must be this machine's, too: a web page elsewhere could
 * have its own name point here (DNS rebinding) and read the messages. A proxy
 * on this machine counts as this machine: do not put one before the page.
 */
export async function refuseOtherMachines ({ socket, headers: { host = '' } }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (ownAddress.test(socket.remoteAddress ?? '') && ownName.test(host)) return undefined
  return reply.code(403).type('text/plain; charset=utf-8').send(
    'This page has no login. It is a demo, shown only on the machine that the server runs on: open it as http://localhost there.\n')
}
