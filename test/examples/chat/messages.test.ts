import { test } from 'tap'
import { ChatServer, headersOf, people, refusal, roomIds } from '../../support/chat.ts'

const id = /^[0-9a-f]{24}$/
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

test('posts with every field, and gives it back', async (t) => {
  const server = await ChatServer.start(t)
  const attachments = [{ title: 'Build', title_link: 'https://ci.example', color: 'good', fields: [{ title: 'a', value: 'b', short: true }], extra: { deep: [1] } }]
  const before = Date.now()
  const { status, body } = await server.post('admin', 'chat.postMessage', {
    channel: '#general', text: ' Hello ', alias: 'Jenkins', emoji: ':ghost:', attachments, tmid: 'm0', customFields: { ticket: 7 }, groupable: true
  })
  t.equal(status, 200)
  t.match(body, { success: true, channel: '#general', ts: Number, message: { _id: id, ts: time } })
  t.ok(Number(body['ts']) >= before)
  const message = Object(body['message'])
  t.strictSame(message, {
    _id: message._id,
    rid: roomIds.general,
    msg: ' Hello ',
    ts: message.ts,
    _updatedAt: message.ts,
    u: people.admin,
    alias: 'Jenkins',
    emoji: ':ghost:',
    attachments,
    tmid: 'm0',
    parseUrls: false,
    groupable: true,
    customFields: { ticket: 7 }
  })
  t.strictSame((await server.get('guest', 'channels.messages', { roomName: 'general' })).body['messages'], [message])
})

test('shows one of avatar and emoji, and leaves out what is blank', async (t) => {
  const server = await ChatServer.start(t)
  const { body } = await server.post('admin', 'chat.postMessage', { channel: 'general', text: 'x', alias: '', avatar: 'https://a.example/b.png', emoji: ':ghost:' })
  t.match(body['message'], { avatar: 'https://a.example/b.png', parseUrls: true, groupable: false })
  t.notHas(body['message'], { emoji: ':ghost:' })
  t.notOk('alias' in Object(body['message']) || 'attachments' in Object(body['message']))
})

test('finds where a message goes', async (t) => {
  const server = await ChatServer.start(t)
  const cases: ReadonlyArray<readonly [destination: object, rid: string]> = [
    [{ channel: '#general' }, roomIds.general],
    [{ channel: '#GENERAL' }, roomIds.general],
    [{ channel: 'general' }, roomIds.general],
    [{ channel: roomIds.direct }, roomIds.direct],
    [{ channel: '@gus' }, roomIds.direct],
    [{ channel: `@${people.guest._id}` }, roomIds.direct],
    [{ channel: 'gus' }, roomIds.direct],
    [{ roomId: roomIds.general }, roomIds.general]
  ]
  for (const [destination, rid] of cases) {
    t.match(await server.post('developer', 'chat.postMessage', { ...destination, text: 'x' }), { status: 200, body: { message: { rid } } }, JSON.stringify(destination))
  }
  for (const channel of ['#nowhere', '@nobody', 'nowhere', '#gus', '@general']) {
    t.strictSame(await server.post('developer', 'chat.postMessage', { channel, text: 'x' }), refusal('[invalid-channel]', 'invalid-channel'))
  }
  t.match(await server.post('developer', 'chat.postMessage', { text: 'x' }), { status: 400, body: { success: false, errorType: 'invalid-params' } })
})

test('refuses what there is no room for', async (t) => {
  const server = await ChatServer.start(t)
  const post = (body: object): ReturnType<ChatServer['post']> => server.post('admin', 'chat.postMessage', { channel: '#general', ...body })
  for (const body of [{}, { text: ' \n' }, { attachments: [] }]) t.strictSame(await post(body), refusal('error-no-message'))
  t.equal((await post({ attachments: [{ text: 'x' }] })).status, 200)
  t.equal((await post({ text: 'x'.repeat(40_000) })).status, 200)
  t.strictSame(await post({ text: 'x'.repeat(100_000) }), refusal('error-message-size-exceeded'))
  t.strictSame(await post({ attachments: [{ text: 'x'.repeat(100_000) }] }), refusal('error-message-size-exceeded'))
  t.match(await post({ text: 'x'.repeat(2 ** 20) }), { status: 413, body: { success: false, error: String } })
  t.match(await post({ text: ['a', 'b'] }), { status: 400, body: { success: false, errorType: 'invalid-params', error: /text/ } })
  t.match(await server.call({ method: 'POST', url: '/api/v1/chat.postMessage', headers: { ...headersOf.admin, 'content-type': 'application/json' }, payload: '{' }),
    { status: 400, body: { success: false, error: String } })
})

test('edits a message of one\'s own', async (t) => {
  const server = await ChatServer.start(t)
  const { body } = await server.post('admin', 'chat.postMessage', { channel: '#general', text: 'tpyo', alias: 'A' })
  const message = Object(body['message'])
  await server.post('admin', 'chat.postMessage', { channel: '#general', text: 'later' })
  const update = { roomId: roomIds.general, msgId: message._id, text: 'typo' }
  const edited = await server.post('admin', 'chat.update', update)
  t.match(edited, { status: 200, body: { success: true, message: { editedAt: time } } })
  const { editedAt } = Object(edited.body['message'])
  const { _id, username } = people.admin
  t.strictSame(edited.body['message'], { ...message, msg: 'typo', editedAt, _updatedAt: editedAt, editedBy: { _id, username } })
  t.match((await server.get('admin', 'channels.messages', { roomId: roomIds.general })).body['messages'], [{ msg: 'later' }, { msg: 'typo' }], 'in its place')

  t.strictSame(await server.post('guest', 'chat.update', update), refusal('Message editing not allowed [error-action-not-allowed]', 'error-action-not-allowed'))
  t.strictSame(await server.post('admin', 'chat.update', { ...update, text: ' ' }), refusal('error-no-message'))
  t.strictSame(await server.post('admin', 'chat.update', { ...update, text: 'x'.repeat(100_000) }), refusal('error-message-size-exceeded'))
  for (const wrong of [{ msgId: 'nothing' }, { roomId: roomIds.operations }, { roomId: 'nowhere' }]) {
    const wanted = { ...update, ...wrong }
    t.strictSame(await server.post('admin', 'chat.update', wanted), refusal(`No message found with the id of "${wanted.msgId}".`))
  }
  const hidden = Object((await server.post('admin', 'chat.postMessage', { channel: '#operations', text: 'x' })).body['message'])
  t.strictSame(await server.post('guest', 'chat.update', { roomId: roomIds.operations, msgId: hidden._id, text: 'y' }),
    refusal(`No message found with the id of "${hidden._id}".`), 'as if the message did not exist')
  t.match(await server.post('admin', 'chat.update', { roomId: roomIds.general, text: 'x' }), { status: 400, body: { errorType: 'invalid-params', error: /msgId/ } })
})

test('reads pages of messages, newest first', async (t) => {
  const server = await ChatServer.start(t)
  for (let i = 1; i <= 120; i++) server.chat.post(people.admin, { room: { _id: roomIds.general } }, { text: String(i), parseUrls: true, groupable: false })
  const read = async (query: Record<string, string>): Promise<unknown> => {
    const { status, body: { messages, ...rest } } = await server.get('guest', 'channels.messages', { roomId: roomIds.general, ...query })
    const texts = Array.isArray(messages) ? messages.map(({ msg }) => msg) : []
    return { status, rest, newest: texts[0], oldest: texts.at(-1) }
  }
  const page = (count: number, offset: number): object => ({ count, offset, total: 120, success: true })
  t.strictSame(await read({}), { status: 200, rest: page(50, 0), newest: '120', oldest: '71' })
  t.strictSame(await read({ offset: '50', count: '20' }), { status: 200, rest: page(20, 50), newest: '70', oldest: '51' })
  t.strictSame(await read({ offset: '110' }), { status: 200, rest: page(10, 110), newest: '10', oldest: '1' })
  t.strictSame(await read({ count: '1000' }), { status: 200, rest: page(100, 0), newest: '120', oldest: '21' }, 'at most 100')
  t.strictSame(await read({ count: '0' }), { status: 200, rest: page(120, 0), newest: '120', oldest: '1' }, '0 for all')
  t.strictSame(await read({ offset: '120' }), { status: 200, rest: page(0, 120), newest: undefined, oldest: undefined })
  t.match(await server.get('guest', 'channels.messages', { roomId: roomIds.general, offset: '-1' }), {
    status: 400, body: { success: false, errorType: 'error-invalid-params', error: /offset/ }
  })
})

test('shows messages to those that may read them', async (t) => {
  const server = await ChatServer.start(t)
  await server.post('admin', 'chat.postMessage', { channel: '#operations', text: 'secret' })
  await server.post('guest', 'chat.postMessage', { channel: '@dana', text: 'between us' })
  t.match(await server.get('admin', 'groups.messages', { roomName: 'operations' }), { status: 200, body: { messages: [{ msg: 'secret' }], total: 1 } })
  t.match(await server.get('developer', 'im.messages', { roomId: roomIds.direct }), { status: 200, body: { messages: [{ msg: 'between us', u: people.guest }] } })

  const missing = (kind: string): object =>
    refusal(`The required "roomId" or "roomName" param provided does not match any ${kind} [error-room-not-found]`, 'error-room-not-found')
  for (const roomName of ['operations', 'nowhere', 'general']) {
    t.strictSame(await server.get('guest', 'groups.messages', { roomName }), missing('group'), 'a group of others looks like no group')
  }
  for (const roomId of [roomIds.direct, 'nowhere', roomIds.general]) {
    t.strictSame(await server.get('admin', 'im.messages', { roomId }), missing('direct message'))
  }
  t.strictSame(await server.get('admin', 'channels.messages', { roomName: 'operations' }), missing('channel'))
  t.strictSame(await server.get('admin', 'channels.messages'), refusal(
    'The parameter "roomId" or "roomName" is required [error-room-param-not-provided]', 'error-room-param-not-provided'))
})

test('is closed without the two headers', async (t) => {
  const server = await ChatServer.start(t)
  const error = 'You must be logged in to do this.'
  for (const headers of [{}, { ...headersOf.admin, 'X-Auth-Token': 'wrong' }, { ...headersOf.admin, 'X-User-Id': people.guest._id }]) {
    for (const options of [
      { method: 'POST', url: '/api/v1/chat.postMessage', payload: { channel: '#general', text: 'x' } },
      { method: 'POST', url: '/api/v1/channels.create', payload: { name: 'x' } },
      { method: 'GET', url: '/api/v1/channels.messages?roomName=general' }
    ] as const) {
      t.strictSame(await server.call({ ...options, headers }), { status: 401, body: { success: false, status: 'error', error, message: error } })
    }
  }
  t.equal(server.chat.findRoomById(roomIds.general)?.messageCount, 0)
})

test('answers what was not foreseen without a word of it', async (t) => {
  const server = await ChatServer.start(t)
  server.chat.on('messagePosted', () => { throw new Error('very secret') })
  t.strictSame(await server.post('admin', 'chat.postMessage', { channel: '#general', text: 'x' }), {
    status: 500, body: { success: false, error: 'Internal server error' }
  })
})
