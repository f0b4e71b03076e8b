import { Value } from '@sinclair/typebox/value'
import { test } from 'tap'
import { readEvent } from '../../../lib/outgoing/event-facts.ts'
import { payloadOf } from '../../../lib/outgoing/payload.ts'
import { payloadSchemas } from '../../../schemas/events/payload.ts'
import { eventNames } from '../../../schemas/index.ts'
import { eventRoom, eventUser, messageEvent } from '../../support/events.ts'

const now = Date.UTC(2024, 0, 2, 3, 4, 5, 6)
const nowText = '2024-01-02T03:04:05.006Z'

function payload (event: unknown, data: unknown): Record<string, unknown> {
  return payloadOf(readEvent(event, data), { siteUrl: 'https://chat.example', now })
}

const createdAt = new Date('2020-02-03T04:05:06.007Z')
const fullUser = eventUser({ name: 'Alice', type: 'user', createdAt })
const fullRoom = eventRoom({ type: 'd', createdAt, users: [eventUser({ _id: 'bobId', username: 'bob' })] })
const sentUser = { _id: 'aliceId', username: 'alice', name: 'Alice', type: 'user', createdAt: '2020-02-03T04:05:06.007Z' }
const sentRoom = {
  _id: 'generalId', name: 'general', type: 'd', users: [{ _id: 'bobId', username: 'bob' }], createdAt: '2020-02-03T04:05:06.007Z'
}
const message = {
  bot: false,
  channel_id: 'generalId',
  channel_name: 'general',
  message_id: 'messageId',
  timestamp: '2024-05-06T07:08:09.010Z',
  user_id: 'aliceId',
  user_name: 'alice',
  text: 'deploy now',
  siteUrl: 'https://chat.example'
}

test('sendMessage', (t) => {
  t.strictSame(payload('sendMessage', messageEvent()), message)
  const reply = messageEvent({ message: { alias: 'CI', tmid: 'threadId', editedAt: '2024-05-06T07:08:10Z', bot: true, timestamp: '2024-05-06T07:08:09Z' } })
  t.strictSame(payload('sendMessage', reply), {
    ...message, bot: true, timestamp: '2024-05-06T07:08:09.000Z', alias: 'CI', tmid: 'threadId', isEdited: true
  })
  t.strictSame(payload('sendMessage', messageEvent({ message: { alias: '', tmid: null } })), message)
  const { channel_name: _, ...nameless } = message
  t.strictSame(payload('sendMessage', messageEvent({ room: { name: null, type: 'd' } })), nameless)
  t.end()
})

test('fileUploaded', (t) => {
  const data = { ...messageEvent({ message: { alias: 'CI', tmid: 't', editedAt: createdAt, bot: { i: null } } }), user: fullUser, room: fullRoom }
  t.strictSame(payload('fileUploaded', data), {
    ...message,
    bot: true,
    alias: 'CI',
    tmid: 't',
    isEdited: true,
    user: sentUser,
    room: sentRoom,
    message: {
      _id: 'messageId',
      text: 'deploy now',
      timestamp: '2024-05-06T07:08:09.010Z',
      alias: 'CI',
      tmid: 't',
      editedAt: '2020-02-03T04:05:06.007Z',
      bot: true
    }
  })
  t.end()
})

test('events of rooms and users', (t) => {
  const place = { channel_id: 'generalId', channel_name: 'general', user_id: 'aliceId', user_name: 'alice' }
  for (const event of ['roomArchived', 'roomJoined', 'roomLeft']) {
    t.strictSame(payload(event, { room: fullRoom, user: fullUser }), { bot: false, timestamp: nowText, ...place, user: sentUser, room: sentRoom })
  }
  t.strictSame(payload('roomCreated', { room: fullRoom, user: fullUser }), {
    bot: false, timestamp: '2020-02-03T04:05:06.007Z', ...place, owner: sentUser, room: sentRoom
  })
  t.match(payload('roomCreated', { room: eventRoom(), user: eventUser({ type: 'bot' }) }), { bot: true, timestamp: nowText })
  t.strictSame(payload('userCreated', { user: fullUser }), {
    bot: false, timestamp: '2020-02-03T04:05:06.007Z', user_id: 'aliceId', user_name: 'alice', user: sentUser
  })
  t.match(payload('userCreated', { user: eventUser({ type: 'bot' }) }), { bot: true, timestamp: nowText })
  t.end()
})

test('only what is public, whatever the host gives', (t) => {
  const secrets = {
    password: 's3cret',
    services: { password: { bcrypt: 's3cret' } },
    emails: [{ address: 's3cret' }],
    toJSON: () => 's3cret',
    get hash () { return 's3cret' },
    [Symbol.toPrimitive]: () => 's3cret'
  }
  const withProxy = (value: object): object => new Proxy({ ...value, ...secrets }, {})
  const user = withProxy(fullUser)
  const room = withProxy({ ...fullRoom, users: [withProxy(fullUser)], joinCode: 's3cret' })
  const message = withProxy({ ...messageEvent().message, bot: { ...secrets }, attachments: ['s3cret'], mentions: secrets })
  for (const event of eventNames) {
    const sent = payload(event, { room, user, message, ...secrets })
    t.notMatch(JSON.stringify(sent), /s3cret/, event)
    t.strictSame([...Value.Errors(payloadSchemas[event], { token: 't', ...sent })], [], `${event} fits its schema`)
    t.strictSame(JSON.parse(JSON.stringify(sent)), sent, `${event} is JSON data`)
  }
  t.end()
})

test('the payload is a copy', (t) => {
  const data = messageEvent({ room: { type: 'd', users: [eventUser()] } })
  const facts = readEvent('fileUploaded', data)
  const before = JSON.stringify(payloadOf(facts, { siteUrl: '', now }))
  data.message.text = 'changed'
  if (data.message.timestamp instanceof Date) data.message.timestamp.setFullYear(1999)
  for (const user of data.room.users ?? []) user.username = 'changed'
  t.equal(JSON.stringify(payloadOf(facts, { siteUrl: '', now })), before)
  t.end()
})
