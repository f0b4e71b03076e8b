import Fastify, { type FastifyServerOptions } from 'fastify'
import { type Test } from 'tap'
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
  const endpoint = `${url}${options.prefix ?? '/api/v1'}/integrations.create`

  const post: Client['post'] = async (body, headers) => {
    const response = await fetch(endpoint, { method: 'POST', headers, ...(body !== undefined && { body }) })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
  return {
    url,
    post,
    create: (body, user = members.admin) =>
      post(JSON.stringify(body), { ...credentials(user), 'content-type': 'application/json' })
  }
}
