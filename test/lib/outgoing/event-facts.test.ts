import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import { test } from 'tap'
import { readEvent } from '../../../lib/outgoing/event-facts.ts'
import { eventDataSchemas, EventMessageSchema, EventRoomSchema, EventUserSchema } from '../../../schemas/events/data.ts'
import { eventNames } from '../../../schemas/index.ts'
import { eventMessage, eventRoom, eventUser, messageEvent } from '../../support/events.ts'

const noUser = { name: undefined, type: undefined, createdAt: undefined }
const noRoom = { users: undefined, createdAt: undefined }
const noMessage = { alias: undefined, tmid: undefined, editedAt: undefined, bot: undefined, isOfIntegration: false }
const time = Date.UTC(2024, 4, 6, 7, 8, 9, 10)

test('what an event says', (t) => {
  t.strictSame(readEvent('sendMessage', messageEvent()), {
    event: 'sendMessage',
    room: { _id: 'generalId', name: 'general', type: 'c', ...noRoom },
    user: { _id: 'aliceId', username: 'alice', ...noUser },
    message: { _id: 'messageId', text: 'deploy now', timestamp: time, ...noMessage }
  })
  t.strictSame(readEvent('roomJoined', { room: eventRoom({ type: 'd', users: [eventUser()], createdAt: new Date(5) }), user: eventUser() }), {
    event: 'roomJoined',
    room: { _id: 'generalId', name: 'general', type: 'd', users: [{ _id: 'aliceId', username: 'alice', ...noUser }], createdAt: 5 },
    user: { _id: 'aliceId', username: 'alice', ...noUser }
  })
  t.strictSame(readEvent('userCreated', { user: eventUser({ name: 'Alice', type: 'user', createdAt: '1970-01-01T00:00:00.007Z' }) }), {
    event: 'userCreated', user: { _id: 'aliceId', username: 'alice', name: 'Alice', type: 'user', createdAt: 7 }
  })
  t.end()
})

test('times are dates or texts', (t) => {
  for (const timestamp of [new Date(time), '2024-05-06T07:08:09.010Z', '2024-05-06T09:08:09.01+02:00']) {
    t.equal(readEvent('sendMessage', messageEvent({ message: { timestamp } })).message?.timestamp, time)
  }
  t.end()
})

test('the mark of a message', (t) => {
  for (const [bot, isBot, isOfIntegration] of [
    [undefined, undefined, false], [null, undefined, false], [true, true, false], [false, false, false], [{}, true, false],
    [{ i: null }, true, false], [{ i: 'x' }, true, true], [{ i: '' }, true, true]
  ] as const) {
    t.match(readEvent('sendMessage', messageEvent({ message: { bot } })).message, { bot: isBot, isOfIntegration }, JSON.stringify(bot))
  }
  t.end()
})

test('only a direct room has participants: the members of any other room are not read', (t) => {
  for (const users of [['aliceId'], new Array(5000), 'many']) {
    t.match(readEvent('sendMessage', { ...messageEvent(), room: { ...eventRoom(), users } }).room, { type: 'c', ...noRoom })
  }
  const getter = { ...eventRoom(), get users () { throw new Error('must not be read') } }
  t.match(readEvent('roomJoined', { room: getter, user: eventUser() }).room, noRoom)
  t.end()
})

test('objects of a class, with getters and more than is asked for', (t) => {
  class Person {
    readonly password = 'secret'
    get _id (): string { return 'aliceId' }
    get username (): string { return 'alice' }
    get services (): never { throw new Error('must not be read') }
  }
  t.strictSame(readEvent('userCreated', Object.freeze({ user: new Person() })).user, { _id: 'aliceId', username: 'alice', ...noUser })
  t.end()
})

test('each field is read once, and no other property is touched', (t) => {
  const read: string[] = []
  const watched = (value: object): object => new Proxy(value, {
    get (target, name) {
      read.push(String(name))
      const field: unknown = Reflect.get(target, name)
      return typeof field === 'object' && field !== null && !(field instanceof Date) ? watched(field) : field
    },
    ownKeys () { throw new Error('the keys were listed') },
    has () { throw new Error('a key was looked for') }
  })
  readEvent('sendMessage', watched(messageEvent({ room: { type: 'd' }, message: { bot: { i: 'x' } } })))
  const expected = ['user', 'room', 'message', ...Object.keys(EventUserSchema.properties), ...Object.keys(EventRoomSchema.properties),
    ...Object.keys(EventMessageSchema.properties), 'i']
  t.strictSame(read.sort(), expected.sort())
  t.end()
})

test('says which argument is wrong, and not its value', (t) => {
  const revoked = (value: object): unknown => {
    const { proxy, revoke } = Proxy.revocable(value, {})
    revoke()
    return proxy
  }
  const throwing = { get _id () { throw new Error('s3cret') } }
  const ofMessage = (message: object): unknown => ({ ...messageEvent(), message: { ...eventMessage(), ...message } })
  const ofRoom = (room: object): unknown => ({ ...messageEvent(), room: { ...eventRoom(), ...room } })
  const times = 'must be a Date, or a text that Date.parse understands, of the years 0 to 9999'
  for (const [event, data, message] of [
    ['s3cret', {}, 'emit: the first argument must be the name of an event'],
    ['constructor', {}, 'emit: the first argument must be the name of an event'],
    [undefined, {}, 'emit: the first argument must be the name of an event'],
    ['sendMessage', undefined, "emit('sendMessage', data): data must be an object"],
    ['sendMessage', 's3cret', "emit('sendMessage', data): data must be an object"],
    ['sendMessage', {}, "emit('sendMessage', data): data.user must be an object"],
    ['roomLeft', { user: eventUser() }, "emit('roomLeft', data): data.room must be an object"],
    ['sendMessage', { ...messageEvent(), message: null }, "emit('sendMessage', data): data.message must be an object"],
    ['userCreated', { user: throwing }, "emit('userCreated', data): data.user._id cannot be read"],
    ['userCreated', { user: revoked({}) }, "emit('userCreated', data): data.user._id cannot be read"],
    ['userCreated', revoked({}), "emit('userCreated', data): data.user cannot be read"],
    ['userCreated', { user: eventUser({ _id: '' }) }, "emit('userCreated', data): data.user._id must be a text that is not empty"],
    ['userCreated', { user: { _id: 5, username: 'alice' } }, "emit('userCreated', data): data.user._id must be a text that is not empty"],
    ['userCreated', { user: { ...eventUser(), name: ['s3cret'] } }, "emit('userCreated', data): data.user.name must be a text, null or absent"],
    ['sendMessage', ofMessage({ text: undefined }), "emit('sendMessage', data): data.message.text must be a text"],
    ['sendMessage', ofMessage({ timestamp: undefined }), `emit('sendMessage', data): data.message.timestamp ${times}`],
    ['sendMessage', ofMessage({ timestamp: 's3cret' }), `emit('sendMessage', data): data.message.timestamp ${times}`],
    ['sendMessage', ofMessage({ timestamp: new Date(NaN) }), `emit('sendMessage', data): data.message.timestamp ${times}`],
    ['sendMessage', ofMessage({ timestamp: new Date(8.64e15) }), `emit('sendMessage', data): data.message.timestamp ${times}`],
    ['sendMessage', ofMessage({ timestamp: new Proxy(new Date(), {}) }), `emit('sendMessage', data): data.message.timestamp ${times}`],
    ['sendMessage', ofMessage({ editedAt: 5 }), `emit('sendMessage', data): data.message.editedAt ${times}`],
    ['sendMessage', ofMessage({ bot: 's3cret' }), "emit('sendMessage', data): data.message.bot must be an object"],
    ['sendMessage', ofMessage({ bot: { i: 5 } }), "emit('sendMessage', data): data.message.bot.i must be a text, null or absent"],
    ['sendMessage', ofMessage({ bot: { get i () { throw new Error('s3cret') } } }), "emit('sendMessage', data): data.message.bot.i cannot be read"],
    ['sendMessage', ofRoom({ type: 'd', users: 's3cret' }), "emit('sendMessage', data): data.room.users must be an array, null or absent"],
    ['sendMessage', ofRoom({ type: 'd', users: revoked([]) }), "emit('sendMessage', data): data.room.users cannot be read"],
    ['sendMessage', ofRoom({ type: 'd', users: [eventUser(), 's3cret'] }), "emit('sendMessage', data): data.room.users[] must be an object"],
    ['sendMessage', ofRoom({ type: 'd', users: [eventUser(), {}] }), "emit('sendMessage', data): data.room.users[]._id must be a text that is not empty"],
    ['sendMessage', ofRoom({ type: 'd', users: new Array(1001) }), "emit('sendMessage', data): data.room.users must have at most 1000 elements"],
    ['sendMessage', ofRoom({ type: 'd', users: new Proxy([], { get: () => 1e9 }) }), "emit('sendMessage', data): data.room.users must have at most 1000 elements"]
  ] as const) {
    t.throws(() => readEvent(event, data), { name: 'Error', message, cause: undefined }, message)
  }
  t.end()
})

test('takes what the schemas allow, and nothing else', (t) => {
  const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
  const text = oneOf<unknown>('a', 'a', 'a', 'a', '', undefined, null, 5, {})
  // Texts that say no time are not in the schema's power.
  const time = oneOf<unknown>(new Date(0), '2024-05-06T07:08:09Z', undefined, null, 5, new Date(NaN))
  const user = fc.record({ _id: text, username: text, name: text, type: text, createdAt: time }, { requiredKeys: ['_id', 'username'] })
  const right = fc.constant(eventUser())
  const room = fc.record({
    _id: text, name: text, type: fc.oneof(fc.constant('d'), text), users: fc.oneof(fc.array(fc.oneof(right, right, user), { maxLength: 2 }), oneOf(undefined, null, 'no')), createdAt: time
  }, { requiredKeys: ['_id', 'type'] })
  const message = fc.record({
    _id: text, text, timestamp: time, alias: text, tmid: text, editedAt: time, bot: oneOf<unknown>(undefined, null, true, {}, { i: 'x' }, { i: 5 }, 5)
  }, { requiredKeys: ['_id', 'text', 'timestamp'] })
  const data = fc.record({
    user: fc.oneof(right, user), room: fc.oneof(fc.constant(eventRoom()), room), message: fc.oneof(fc.constant(eventMessage()), message)
  }, { requiredKeys: ['user'] })
  let taken = 0
  fc.assert(fc.property(oneOf(...eventNames), data, (event, data) => {
    // The schema describes one kind of room for all: it cannot say that the users of other rooms do not matter.
    const read = 'room' in data && data.room.type !== 'd' ? { ...data, room: { ...data.room, users: undefined } } : data
    const fits = Value.Check(eventDataSchemas[event], read)
    if (fits) taken++
    try {
      readEvent(event, data)
      return fits
    } catch {
      return !fits
    }
  }), { numRuns: 3000 })
  t.ok(taken > 300 && taken < 2700, `${taken} were taken`)
  t.end()
})
