import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { Test } from 'tap'
import chatIntegrations, { MemoryStore } from '../../../lib/index.ts'
import { MemoryHistory } from '../../../lib/stores/memory/history.ts'
import { resolveOptions } from '../../../lib/options/options.ts'
import { InProcessQueue } from '../../../lib/queues/in-process.ts'
import { incomingBody } from '../../support/bodies.ts'
import { captureLog } from '../../support/log.ts'
import { credentials, members, workspace } from '../../support/workspace.ts'
import { documented, type Endpoint } from './documented.ts'
import { converse, type RawReply, requestOf } from './raw-http.ts'

/** A server on the loopback, spoken to in bytes. */
export interface Listening {
  readonly port: number
  /** The body limit that a host gets which sets none. */
  readonly bodyLimit: number
  /**
   * Fails unless the server still does what it is there for and has logged no
   * error: nothing that a client sends is one.
   */
  assertWell (): Promise<void>
}

/** Headers of every good request; the server closes when it has answered. */
export const head: ReadonlyArray<readonly [string, string]> =
  [['Host', 'localhost'], ['Connection', 'close'], ...Object.entries(credentials(members.admin))]

/** A good request to `integrations.create`, but for what is changed. */
export function post (body: string | Uint8Array, headers: ReadonlyArray<readonly [string, string]> = []): Buffer {
  return requestOf(createLine, [...head, ['Content-Type', 'application/json'], ['Content-Length', String(Buffer.byteLength(body))], ...headers], body)
}

/** The first line of a request to `integrations.create`. */
export const createLine = 'POST /api/v1/integrations.create HTTP/1.1'

/** A body that is served. */
export const goodBody = JSON.stringify(incomingBody)

/** Starts the server and ends it with the test. */
export async function listening (t: Test): Promise<Listening> {
  const log = captureLog()
  const app = Fastify({ logger: { ...log.logger, level: 'error' }, forceCloseConnections: true })
  t.teardown(() => app.close())
  await app.register(chatIntegrations, workspace())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port }: AddressInfo = addressOf(app.server.address())
  return {
    port,
    bodyLimit: resolveOptions(workspace(), { store: () => new MemoryStore(), history: () => new MemoryHistory(), queue: () => new InProcessQueue() }).bodyLimit,
    async assertWell () {
      const { replies: [reply] } = await converse(port, [post(goodBody)])
      assert.equal(reply?.status, 200, reply?.text)
      assert.equal(log.text(), '')
    }
  }
}

function addressOf (address: AddressInfo | string | null): AddressInfo {
  assert.ok(typeof address === 'object' && address !== null)
  return address
}

/** What Node and Fastify may answer before a route is reached: no such route, no HTTP, too large, too slow. */
const answersOfServer = [400, 404, 405, 408, 414, 417, 431]

/** What Fastify may answer besides, when a body is sent to an address that is not ours. */
const answersElsewhere = [...answersOfServer, 413, 415]

/**
 * Makes sure that a reply is one of our routes', as documented, or a refusal
 * of the server around them.
 *
 * @param address whether the request is for the endpoint, or may be for another address.
 */
export function assertAcceptable (reply: RawReply, endpoint: Endpoint = 'create', address: 'ours' | 'any' = 'ours'): void {
  const answers = address === 'ours' ? answersOfServer : answersElsewhere
  // Our routes say this in every answer, and nobody else does.
  if (reply.headers['cache-control'] === 'no-store') documented(endpoint, reply)
  else assert.ok(answers.includes(reply.status), `${reply.status} ${reply.text}`)
}
