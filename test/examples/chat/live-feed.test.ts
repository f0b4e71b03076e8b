import { type IncomingMessage, request } from 'node:http'
import { Validator } from '@seriousme/openapi-schema-validator'
import { test, type Test } from 'tap'
import { ChatServer, headersOf, people, roomIds } from '../../support/chat.ts'
import { create, Example } from '../../support/example.ts'

interface FeedEvent {
  readonly name: string
  readonly data: unknown
}

/** A listener of `/events` that keeps what it is told. */
class Listener {
  readonly reply: IncomingMessage
  readonly events: FeedEvent[] = []
  /** Settles when the server has ended the stream, or the connection is gone. */
  readonly ended: Promise<void>
  #over = false

  private constructor (reply: IncomingMessage) {
    this.reply = reply
    this.ended = new Promise((resolve) => reply.once('close', () => {
      this.#over = true
      resolve()
    }))
    let rest = ''
    reply.setEncoding('utf8').on('error', () => undefined).on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, name, data] = /^event: (\w+)\ndata: ([^]*)$/.exec(block) ?? []
        if (name !== undefined && data !== undefined) this.events.push({ name, data: JSON.parse(data) })
      }
    })
  }

  static async open (t: Test, address: string): Promise<Listener> {
    const call = request(`${address}/events`, { agent: false }).end()
    t.teardown(() => call.destroy())
    call.on('error', () => undefined)
    const reply = await new Promise<IncomingMessage>((resolve, reject) => call.on('response', resolve).on('error', reject))
    return new Listener(reply)
  }

  /** Waits until so many events have come. */
  async count (count: number): Promise<FeedEvent[]> {
    while (this.events.length < count) {
      if (this.#over) throw new Error(`the stream ended after ${this.events.length} events`)
      await Promise.race([new Promise((resolve) => this.reply.once('data', resolve)), this.ended])
    }
    return this.events
  }
}

function say (server: ChatServer, text: string, rid = roomIds.general): { _id: string } {
  return server.chat.post(people.admin, { room: { _id: rid } }, { text, parseUrls: true, groupable: false })
}

test('tells what is there and what happens, in public channels only', async (t) => {
  const server = await ChatServer.start(t)
  const { chat } = server
  for (let i = 1; i <= 60; i++) say(server, String(i))
  say(server, 'secret', roomIds.operations)
  const listener = await Listener.open(t, await server.app.listen({ port: 0 }))
  t.equal(listener.reply.statusCode, 200)
  t.match(listener.reply.headers, { 'content-type': /^text\/event-stream/, 'cache-control': 'no-store' })
  t.notOk(listener.reply.headers['access-control-allow-origin'])
  const [snapshot] = await listener.count(1)
  t.match(snapshot, { name: 'snapshot', data: [{ _id: 'GENERAL', name: 'general', usersCount: 4, msgs: 60 }] })
  const [general, ...others] = Object(snapshot?.data)
  t.strictSame(others, [], 'no group, no direct conversation')
  t.strictSame(general.messages.map(({ msg }: { msg: string }) => msg), Array.from({ length: 50 }, (_, i) => String(i + 11)))

  const lobby = chat.create(people.admin, { type: 'c', name: 'lobby', members: [] })
  const group = chat.create(people.admin, { type: 'p', name: 'hidden', members: [] })
  say(server, 'secret', group._id)
  chat.post(people.admin, { user: people.guest }, { text: 'secret', parseUrls: true, groupable: false })
  chat.join(people.guest, lobby)
  const { _id } = say(server, 'line\n\nbreaks: \u2028 event: x', lobby._id)
  chat.edit(people.admin, lobby, _id, 'edited')
  chat.leave(people.guest, lobby)
  chat.archive(people.admin, lobby)
  const events = await listener.count(7)
  t.match(events.slice(1), [
    { name: 'room', data: { _id: lobby._id, t: 'c', name: 'lobby', usersCount: 1 } },
    { name: 'room', data: { usersCount: 2 } },
    { name: 'message', data: { _id, rid: lobby._id, msg: 'line\n\nbreaks: \u2028 event: x', u: people.admin } },
    { name: 'message', data: { _id, msg: 'edited', editedAt: String } },
    { name: 'room', data: { usersCount: 1 } },
    { name: 'room', data: { archived: true } }
  ])
  t.equal(events.length, 7)
  t.notOk(JSON.stringify(events).includes('secret'))
})

test('has room for 100 listeners', async (t) => {
  const server = await ChatServer.start(t)
  const address = await server.app.listen({ port: 0 })
  const listeners: Listener[] = []
  for (let i = 0; i < 100; i++) listeners.push(await Listener.open(t, address))
  const refused = await Listener.open(t, address)
  t.equal(refused.reply.statusCode, 503)
  t.equal(refused.reply.headers['retry-after'], '10')
  // A listener that hangs up makes room for another.
  listeners[0]?.reply.destroy()
  let next = await Listener.open(t, address)
  while (next.reply.statusCode === 503) next = await Listener.open(t, address)
  t.match(await next.count(1), [{ name: 'snapshot' }])
  say(server, 'to all')
  for (const listener of [...listeners.slice(1), next]) t.match((await listener.count(2))[1], { name: 'message', data: { msg: 'to all' } })
})

test('lets a listener go that does not keep up', async (t) => {
  const server = await ChatServer.start(t)
  const address = await server.app.listen({ port: 0 })
  const slow = await Listener.open(t, address)
  await slow.count(1)
  slow.reply.pause()
  const quick = await Listener.open(t, address)
  await quick.count(1)
  // The system's own buffers take some megabytes before the server is held up.
  for (let i = 0; i < 400; i++) {
    say(server, 'x'.repeat(90_000))
    await quick.count(2 + i)
  }
  slow.reply.resume()
  await slow.ended
  t.ok(slow.events.length < 401, `was let go after ${slow.events.length} events`)
  t.equal(quick.events.length, 401)
})

test('a HEAD request opens no stream', async (t) => {
  const server = await ChatServer.start(t)
  t.equal((await server.app.inject({ method: 'HEAD', url: '/events', remoteAddress: '127.0.0.1', headers: { host: 'localhost' } })).statusCode, 404)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`ends soon at ${signal}, though pages are open`, async (t) => {
    const example = await Example.start(t, 'standalone')
    const listeners = [await Listener.open(t, String(example.address)), await Listener.open(t, String(example.address))]
    for (const listener of listeners) await listener.count(1)
    const started = Date.now()
    t.same(await example.end(signal), { code: 0, signal: null })
    // The server gives up waiting after 8 seconds; the pages must not make it wait.
    t.ok(Date.now() - started < 7000)
    for (const listener of listeners) {
      await listener.ended
      t.equal(listener.reply.complete, true, 'ended, not cut off')
    }
  })
}

test('the whole example shows what is posted, beside the plugin', async (t) => {
  const example = await Example.start(t, 'standalone')
  const listener = await Listener.open(t, String(example.address))
  const made = await fetch(`${example.address}/api/v1/channels.create`, {
    method: 'POST', headers: { ...headersOf.developer, 'content-type': 'application/json' }, body: JSON.stringify({ name: 'lobby' })
  })
  t.equal(made.status, 200)
  // The plugin finds the room that was made a moment ago, and its member.
  const hook = await create(example, headersOf.developer, {
    type: 'webhook-incoming', name: 'x', enabled: true, username: 'rocket.cat', channel: '#lobby', scriptEnabled: false
  })
  t.match(await hook.json(), { success: true, integration: { channel: ['#lobby'] } })
  t.match(await listener.count(2), [{ name: 'snapshot' }, { name: 'room', data: { name: 'lobby' } }])
  const document: unknown = await (await fetch(`${example.address}/documentation/json`)).json()
  t.match(document, { paths: { '/api/v1/chat.postMessage': { post: { tags: ['chat'], security: [{ userId: [], authToken: [] }] } } } })
  t.notOk('/events' in Object(Object(document).paths))
  t.match(await new Validator().validate(Object(document)), { valid: true })
})
