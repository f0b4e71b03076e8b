import Fastify, { type FastifyInstance, type FastifyServerOptions, type LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import chatIntegrations, { type Integration, type IntegrationsOptions, MemoryStore } from '../../lib/index.ts'
import { type Behaviours, type ChatMessenger, chatMessenger } from './chat-messenger.ts'
import { patient } from './integrations.ts'
import { hookRecord, watched } from './ports.ts'
import { workspace } from './workspace.ts'

/** A host with incoming webhooks. */
export interface HookHostOptions {
  /** Default: {@link hookRecord}. */
  readonly records?: readonly Integration[]
  readonly behaviours?: Behaviours
  readonly options?: Partial<IntegrationsOptions>
  readonly server?: FastifyServerOptions
  /** Called before the plugin is registered. */
  readonly before?: (app: FastifyInstance) => void
  /** Called when the plugin is registered. */
  readonly after?: (app: FastifyInstance) => void
}

/** What a test sends. */
export interface Sent {
  readonly method?: 'POST' | 'PUT' | 'GET' | 'HEAD' | 'DELETE' | 'PATCH' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
}

export interface HookHost {
  readonly app: FastifyInstance
  readonly messenger: ChatMessenger
  /** The calls of store, directory and hasPermission, in order. */
  readonly calls: string[]
  /** Sends a payload as JSON, or a text or bytes as they are, without a socket. */
  send (url: string, payload?: object | string | Buffer, sent?: Sent): Promise<LightMyRequestResponse>
}

/** The path of the hook of a record. */
export function hookPath ({ _id, token }: Pick<Integration, '_id' | 'token'> = hookRecord()): string {
  return `/hooks/${_id}/${token}`
}

/** A message in the shortest form. */
export const hello = { text: 'hello' }

/** Starts a host with the shared workspace, and ends it with the test. */
export async function hookHost (
  t: Test, { records = [hookRecord()], behaviours, options, server, before = () => {}, after = () => {} }: HookHostOptions = {}
): Promise<HookHost> {
  const app = Fastify(server)
  t.teardown(() => app.close())
  const store = new MemoryStore()
  for (const record of records) store.insert(record, {}, patient)
  const messenger = chatMessenger(behaviours)
  const calls: string[] = []
  const { authenticate, directory, hasPermission } = { ...workspace(), ...options }
  before(app)
  await app.register(chatIntegrations, {
    messenger,
    // They would ask the store, too.
    outgoing: false,
    ...options,
    authenticate,
    store: watched('store', options?.store ?? store, calls),
    directory: watched('directory', directory, calls),
    hasPermission: watched('auth', { hasPermission }, calls).hasPermission
  })
  after(app)
  return {
    app,
    messenger,
    calls,
    send: async (url, payload, { method = 'POST', headers = {} } = {}) =>
      await app.inject({ method, url, headers: { ...headers }, ...(payload !== undefined && { payload }) })
  }
}
