import assert from 'node:assert/strict'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import type { Test } from 'tap'
import chatIntegrations, { type IntegrationStore, MemoryHistory, MemoryStore } from '../../../lib/index.ts'
import { captureLog } from '../../support/log.ts'
import { storeWith } from '../../support/store-with.ts'
import { type Member, workspace } from '../../support/workspace.ts'
import type { Answer, Endpoint } from './documented.ts'

/** A server for many short stories: each begins with a store of its own. */
export interface HostileServer {
  readonly app: FastifyInstance
  readonly history: MemoryHistory
  /** Puts another store in the place of the last one. */
  use (store: IntegrationStore): void
  /** Sends what stands behind `?` to the endpoints that read and a body to the others. */
  send (caller: Member, endpoint: Endpoint, content: string): Promise<Answer>
  /** Fails when the server has logged an error: nothing that a client sends is one. */
  assertQuiet (): void
}

const methods = {
  create: 'POST', list: 'GET', get: 'GET', update: 'PUT', remove: 'POST', regenerateToken: 'POST', history: 'GET', clearHistory: 'POST'
} as const satisfies Record<Endpoint, InjectOptions['method']>

/**
 * Starts the server, reached by `inject`, and ends it with the test.
 *
 * @param onCall told of every call of the directory, by its method.
 */
export async function startServer (
  t: Test, callers: readonly Member[], onCall: (method: string) => void = () => {}
): Promise<HostileServer> {
  const log = captureLog()
  const app = Fastify({ logger: { ...log.logger, level: 'error' } })
  t.teardown(() => app.close())
  let current: IntegrationStore = new MemoryStore()
  const history = new MemoryHistory()
  const { directory, ...shared } = workspace(...callers)
  await app.register(chatIntegrations, {
    ...shared,
    history,
    directory: {
      findUser: (key) => { onCall('findUser'); return directory.findUser(key) },
      findRoom: (key) => { onCall('findRoom'); return directory.findRoom(key) },
      isMember: (userId, roomId) => { onCall('isMember'); return directory.isMember(userId, roomId) }
    },
    // By number, because a header cannot hold every _id that a host may give its users.
    authenticate: ({ headers }) => callers[Number(headers['x-caller'])] ?? null,
    store: storeWith({
      insert: (integration, conditions, call) => current.insert(integration, conditions, call),
      find: (id, call) => current.find(id, call),
      findByTargetUrl: (url, scope, call) => current.findByTargetUrl(url, scope, call),
      list: (query, call) => current.list(query, call),
      replace: (previous, next, call) => current.replace(previous, next, call),
      remove: (previous, call) => current.remove(previous, call)
    })
  })
  await app.ready()
  return {
    app,
    history,
    use (store) { current = store },
    async send (caller, endpoint, content) {
      const url = `/api/v1/integrations.${endpoint}`
      const method = methods[endpoint]
      const headers = { 'x-caller': String(callers.indexOf(caller)), 'content-type': 'application/json' }
      const { statusCode: status, headers: received, body: text } = method === 'GET'
        ? await app.inject({ method, url: `${url}?${content}`, headers })
        : await app.inject({ method, url, headers, payload: content })
      return { status, headers: received, text }
    },
    assertQuiet () { assert.equal(log.text(), '') }
  }
}
