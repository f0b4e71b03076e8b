import { join } from 'node:path'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import type { Test } from 'tap'
import { adaptersOf } from '../../examples/adapters.ts'
import { Chat } from '../../examples/chat/chat.ts'
import { Fates } from '../../examples/chat/page/fates.ts'
import { servePage } from '../../examples/chat/page/index.ts'
import { serveChat } from '../../examples/chat/routes/index.ts'
import { readWorkspace } from '../../examples/workspace.ts'
import { root } from './root.ts'

/** Users of the shipped workspace file: admin holds all permissions, guest none. */
export const people = {
  admin: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336', name: 'Gray Wolf' },
  developer: { _id: 'dQ7pWmXc3TzRkLh9s', username: 'dana', name: 'Dana Developer' },
  guest: { _id: 'gK4vNyBt8FjSaPq2w', username: 'gus', name: 'Gus Guest' },
  bot: { _id: 'rocket.cat', username: 'rocket.cat', name: 'Rocket.Cat' }
}

/** The headers of those that can log in. */
export const headersOf = {
  admin: { 'X-Auth-Token': '9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq', 'X-User-Id': people.admin._id },
  developer: { 'X-Auth-Token': 'eXaMpLe-T0kEn-0f-DaNa-kG5rW2vYc8ZqLs4HtJbNx', 'X-User-Id': people.developer._id },
  guest: { 'X-Auth-Token': 'eXaMpLe-T0kEn-0f-GuS-mD9xQ3zVf7CwRp6LsHtKyB', 'X-User-Id': people.guest._id }
}

type Caller = keyof typeof headersOf

/** Rooms of the shipped workspace file. */
export const roomIds = { general: 'GENERAL', operations: 'pR6hYwZn4CxTbMe8k', direct: 'dQ7pWmXc3TzRkLh9sgK4vNyBt8FjSaPq2w' }

/** A reply, read as far as tests look into all of them. */
export interface ChatReply {
  readonly status: number
  readonly body: { readonly [field: string]: unknown }
}

/** The chat of the example server, without the plugin. */
export class ChatServer {
  readonly app: FastifyInstance
  readonly chat: Chat

  private constructor (app: FastifyInstance, chat: Chat) {
    this.app = app
    this.chat = chat
  }

  static async start (t: Test): Promise<ChatServer> {
    const workspace = await readWorkspace(join(root, 'examples/workspace.json'))
    const chat = new Chat(workspace)
    const app = Fastify()
    t.teardown(() => app.close())
    await servePage(app, chat, new Fates())
    await serveChat(app, { chat, authenticate: adaptersOf(workspace, chat).authenticate })
    await app.ready()
    return new ChatServer(app, chat)
  }

  get (caller: Caller, path: string, query: Record<string, string> = {}): Promise<ChatReply> {
    return this.call({ method: 'GET', url: `/api/v1/${path}`, query, headers: headersOf[caller] })
  }

  post (caller: Caller, path: string, payload: object): Promise<ChatReply> {
    return this.call({ method: 'POST', url: `/api/v1/${path}`, payload, headers: headersOf[caller] })
  }

  async call (options: InjectOptions): Promise<ChatReply> {
    const reply = await this.app.inject(options)
    return { status: reply.statusCode, body: reply.json() }
  }
}

/** A refusal as the reply holds it: a sentence with the code, or the bare code. */
export function refusal (error: string, errorType?: string): ChatReply {
  return { status: 400, body: { success: false, error, ...(errorType !== undefined && { errorType }) } }
}
