import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import chatIntegrations, {
  type DeliveryReport, type IntegrationsOptions, MemoryHistory, MemoryStore, type OutgoingIntegration
} from '../../lib/index.ts'
import type { HistoryEntry } from '../../schemas/index.ts'
import { type ChatMessenger, chatMessenger } from './chat-messenger.ts'
import { triggerRecord } from './deliverer.ts'
import { patient } from './integrations.ts'
import { localServer } from './local-server.ts'
import { workspace } from './workspace.ts'

/** A request that a receiver got. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver over HTTP. */
export interface HttpReceiver {
  readonly url: string
  /** `127.0.0.1` and its port, for `outgoing.allow`. */
  readonly place: string
  readonly received: Received[]
}

/** Starts a receiver and ends it with the test. Without `respond`, it answers 200. */
export async function httpReceiver (
  t: Test, respond: (request: Received, response: ServerResponse) => void = (_request, response) => { response.end() }
): Promise<HttpReceiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('error', () => {})
    response.on('error', () => {})
    request.setEncoding('utf8').on('data', (part: string) => { body += part }).on('end', () => {
      const got = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
      received.push(got)
      respond(got, response)
    })
  })
  const port = await localServer(t, server)
  const place = `127.0.0.1:${port}`
  return { url: `http://${place}`, place, received }
}

/** A host with outgoing webhooks. */
export interface OutgoingHost {
  readonly app: FastifyInstance
  readonly messenger: ChatMessenger
  readonly reports: DeliveryReport[]
  /** Everything that was logged, as text. */
  readonly log: () => string
  /** The entries of an integration, the newest first. */
  history (integrationId: string): Promise<readonly HistoryEntry[]>
}

/**
 * Starts a host with the shared workspace, which may call every receiver of
 * this machine, and ends it with the test.
 */
export async function outgoingHost (
  t: Test, integrations: readonly OutgoingIntegration[], options: Partial<IntegrationsOptions> = {}
): Promise<OutgoingHost> {
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'trace', stream: { write: (line: string) => { lines.push(line) } } } })
  t.teardown(() => app.close())
  const store = options.store ?? new MemoryStore()
  for (const integration of integrations) await store.insert(integration, {}, patient)
  const messenger = chatMessenger()
  const history = new MemoryHistory()
  const reports: DeliveryReport[] = []
  await app.register(chatIntegrations, {
    ...workspace(),
    messenger,
    history,
    onDelivery: (report) => { reports.push(report) },
    ...options,
    store,
    outgoing: { allow: ['127.0.0.1:*', 'localhost:*'], ...options.outgoing }
  })
  await app.ready()
  const kept = options.history === undefined || options.history === false ? history : options.history
  return {
    app,
    messenger,
    reports,
    log: () => lines.join(''),
    history: async (integrationId) => (await kept.list(integrationId, { offset: 0, count: 100 }, patient)).entries
  }
}

/** An integration of the administrator that calls this URL for every message in #general. */
export function caller (url: string, changes: Partial<OutgoingIntegration> = {}): OutgoingIntegration {
  return triggerRecord({ urls: [url], ...changes })
}

/** A message in #general, as a host tells of it. */
export function said (text: string = 'deploy now', _id: string = 'm1') {
  return {
    room: { _id: 'GENERAL', name: 'general', type: 'c' },
    user: { _id: 'guestId', username: 'guest' },
    message: { _id, text, timestamp: new Date(Date.UTC(2026, 6, 16)) }
  }
}
