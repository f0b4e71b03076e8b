import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { Chat } from '../chat.ts'
import type { Fates } from './fates.ts'
import { LiveFeed } from './live-feed.ts'
import { refuseOtherMachines } from './this-machine.ts'

// Seen from dist/examples/chat/page, where this file is compiled to.
const file = new URL('../../../../examples/chat/page.html', import.meta.url)

/**
 * Serves the page at `/`, and the events of the public channels at `/events`,
 * with the fates of the deliveries that their messages have caused.
 * Both are a demo without a login, for the machine that the server runs on.
 */
export async function servePage (app: FastifyInstance, chat: Chat, fates: Fates): Promise<void> {
  const page = await readFile(file, 'utf8')
  const policy = policyOf(page)
  const feed = new LiveFeed(chat, fates)
  // Before the server waits for its connections to end.
  app.addHook('preClose', async () => feed.close())

  app.get('/', { schema: { hide: true }, onRequest: refuseOtherMachines }, async (_request, reply) =>
    reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache'
    }).send(page))

  app.get('/events', { schema: { hide: true }, exposeHeadRoute: false, onRequest: refuseOtherMachines }, async (_request, reply) => {
    const events = feed.open()
    if (events === undefined) {
      return reply.code(503).header('retry-after', 10).type('text/plain').send('Too many pages are open. Close one of them.\n')
    }
    return reply.headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // The connection is of no more use when the events have ended, and would hold up a server that closes.
      connection: 'close'
    }).send(events)
  })
}

/** Lets the page run its own script and style, named by their hashes, and nothing else; pictures come from anywhere. */
function policyOf (page: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(page, 'script')}`,
    `style-src ${hashOf(page, 'style')}`,
    "connect-src 'self'",
    "img-src 'self' data: http: https:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // A text that is put into the page as HTML is refused by browsers that know this line.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'"
  ].join('; ')
}

/** The hash of the page's one element of this name. */
function hashOf (page: string, element: 'script' | 'style'): string {
  const [found, second] = page.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'))
  if (found?.[1] === undefined || second !== undefined) throw new Error(`The page must have one <${element}>`)
  return `'sha256-${createHash('sha256').update(found[1]).digest('base64')}'`
}
