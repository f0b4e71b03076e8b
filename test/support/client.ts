import Fastify, { type FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import chatIntegrations, { type IntegrationsOptions, type User } from '../../lib/index.ts'
import { credentials, members, workspace } from './workspace.ts'

/** What came back. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** The body as it was sent. */
  readonly text: string
  /** The body, parsed. */
  readonly body: unknown
}

/** A server with the plugin, reached over real HTTP. */
export interface Client {
  readonly url: string
  /** Posts to `integrations.create`, by default as the administrator. */
  create (body: unknown, user?: Pick<User, '_id'>): Promise<Reply>
  /** Asks `integrations.list`, `.get` and so on with a query, by default as the administrator. */
  query (name: string, query: Record<string, string>, user?: Pick<User, '_id'>): Promise<Reply>
  /** Sends a body to `integrations.update`, `.remove` and so on, by default as the administrator. */
  send (name: string, body: unknown, user?: Pick<User, '_id'>): Promise<Reply>
  /** Posts exactly these bytes with exactly these headers. */
  post (body: string | Uint8Array<ArrayBuffer> | undefined, headers: Record<string, string>): Promise<Reply>
}

/** Starts a server with the shared workspace and ends it with the test. */
export async function startClient (
  t: Test, options: Partial<IntegrationsOptions> = {}, serverOptions: FastifyServerOptions = {}
): Promise<Client> {
  const app = Fastify(serverOptions)
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), ...options })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const endpoint = `${url}${options.prefix ?? '/api/v1'}/integrations.`

  const request = async (path: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(endpoint + path, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
  const send: Client['send'] = (name, body, user = members.admin) => request(name, {
    method: name === 'update' ? 'PUT' : 'POST',
    headers: { ...credentials(user), 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  return {
    url,
    send,
    create: (body, user) => send('create', body, user),
    post: (body, headers) => request('create', { method: 'POST', headers, ...(body !== undefined && { body }) }),
    query: (name, query, user = members.admin) =>
      request(`${name}?${new URLSearchParams(query)}`, { headers: credentials(user) })
  }
}
