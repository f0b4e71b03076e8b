import fc from 'fast-check'
import { test } from 'tap'
import { readEvent } from '../../../lib/outgoing/event-facts.ts'
import { triggerOf } from '../../../lib/outgoing/index/trigger.ts'
import { TriggerIndex } from '../../../lib/outgoing/index/trigger-index.ts'
import { matchesOf } from '../../../lib/outgoing/match.ts'
import { Turns } from '../../../lib/outgoing/turns.ts'
import type { EventData } from '../../../schemas/events/data.ts'
import { type EventName, eventNames, type OutgoingIntegration } from '../../../schemas/index.ts'
import { eachTurn } from '../../support/each-turn.ts'
import { eventRoom, eventUser, messageEvent } from '../../support/events.ts'
import { outgoingRecord } from '../../support/integrations.ts'
import { slowMatches } from '../../support/slow-matcher.ts'

function put (index: TriggerIndex, integration: OutgoingIntegration): void {
  const trigger = triggerOf(integration)
  if (trigger === undefined) index.remove(integration._id)
  else index.put(trigger)
}

async function match<E extends EventName> (index: TriggerIndex, event: E, data: EventData[E]): Promise<Map<string, string | undefined>> {
  const matches = await matchesOf(index, readEvent(event, data), new Turns().begin())
  return new Map([...matches].map(([id, { word }]) => [id, word]))
}

/** Whether an integration is triggered, and by which word. */
async function fits (changes: Partial<OutgoingIntegration>, data: EventData['sendMessage']): Promise<boolean | string> {
  const index = new TriggerIndex()
  put(index, outgoingRecord({ enabled: true, ...changes }))
  const matches = await match(index, 'sendMessage', data)
  return [...matches.values()][0] ?? matches.size > 0
}

const alice = eventUser()
const bob = eventUser({ _id: 'bobId', username: 'bob' })
const direct = { _id: 'directId', type: 'd', users: [alice, bob] }

test('rooms and users', async (t) => {
  const publicRoom = messageEvent()
  const privateRoom = messageEvent({ room: { type: 'p' } })
  const otherRoom = messageEvent({ room: { type: 'livechat' } })
  const nameless = messageEvent({ room: { name: null } })
  const directRoom = messageEvent({ room: direct })
  const known = (id: string): Partial<OutgoingIntegration> => ({ channel: ['#whatever'], channelIds: [id] })
  const written = (text: string): Partial<OutgoingIntegration> => ({ channel: [text] })
  const cases: ReadonlyArray<[string, Partial<OutgoingIntegration>, EventData['sendMessage'], boolean]> = [
    ['a public room by its id', known('#generalId'), publicRoom, true],
    ['a private room by its id', known('#generalId'), privateRoom, true],
    ['a room of another type by its id', known('#generalId'), otherRoom, true],
    ['a room by its name', written('#general'), publicRoom, true],
    ['a room by its id, as it was written', written('#generalId'), publicRoom, true],
    ['a room without a name', written('#undefined'), nameless, false],
    ['a room whose name is the id of another room', known('#general'), publicRoom, false],
    ['a room that has the name that another room had', { channel: ['#general'], channelIds: ['#otherId'] }, publicRoom, false],
    ['ids that do not belong to the names say nothing', { channel: ['#general'], channelIds: ['#otherId', '#more'] }, publicRoom, true],
    ['names in another case', written('#General'), publicRoom, false],
    ['a user in a public room', known('@aliceId'), publicRoom, false],
    ['all public rooms', written('all_public_channels'), publicRoom, true],
    ['all public rooms, in any case', written('ALL_public_channels'), publicRoom, true],
    ['all public rooms, known', known('all_public_channels'), publicRoom, true],
    ['all public rooms, of a private one', written('all_public_channels'), privateRoom, false],
    ['all private rooms', written('all_private_groups'), privateRoom, true],
    ['all private rooms, of another type', written('all_private_groups'), otherRoom, true],
    ['all private rooms, of a public one', written('all_private_groups'), publicRoom, false],
    ['all private rooms, of a direct one', written('all_private_groups'), directRoom, false],
    ['all direct rooms', written('all_direct_messages'), directRoom, true],
    ['all direct rooms, without participants', written('all_direct_messages'), messageEvent({ room: { type: 'd' } }), true],
    ['a participant by its id', known('@bobId'), directRoom, true],
    ['the sender by its id', known('@aliceId'), directRoom, true],
    ['a participant by its id, as it was written', written('@bobId'), directRoom, true],
    ['a participant by its name', written('@bob'), directRoom, true],
    ['the sender by its name', written('@alice'), directRoom, false],
    ['a user whose name is the id of another one', known('@bob'), directRoom, false],
    ['somebody else', written('@carol'), directRoom, false],
    ['a direct room by its id', known('#directId'), directRoom, false],
    ['one of several', { channel: ['#a', '#general', '#b'] }, publicRoom, true],
    ['no channel', { channel: [] }, publicRoom, false],
    ['what is no channel', written('general'), publicRoom, false]
  ]
  for (const [what, integration, data, expected] of cases) t.equal(await fits(integration, data), expected, what)
})

test('each integration once', async (t) => {
  const index = new TriggerIndex()
  put(index, outgoingRecord({ enabled: true, channel: ['#general', '#general', '#generalId', 'all_public_channels'] }))
  put(index, outgoingRecord({ _id: 'b', enabled: true, channel: ['all_public_channels', '#general'], triggerWords: ['deploy', 'd'] }))
  const matches = await matchesOf(index, readEvent('sendMessage', messageEvent()), new Turns().begin())
  t.strictSame([...matches.keys()].sort(), ['3aazpZ2WzoBP8msi9', 'b'])
})

test('only what is switched on, and only its event', async (t) => {
  t.equal(await fits({ enabled: false }, messageEvent()), false)
  t.equal(await fits({ event: 'fileUploaded' }, messageEvent()), false)
})

test('events without a channel trigger every integration of the event', async (t) => {
  const index = new TriggerIndex()
  for (const event of eventNames) {
    put(index, outgoingRecord({ _id: event, event, enabled: true, channel: event === 'roomJoined' ? ['#other'] : [] }))
  }
  const room = eventRoom()
  t.strictSame([...await match(index, 'roomCreated', { room, user: alice })], [['roomCreated', undefined]])
  t.strictSame([...await match(index, 'roomArchived', { room, user: alice })], [['roomArchived', undefined]])
  t.strictSame([...await match(index, 'userCreated', { user: alice })], [['userCreated', undefined]])
  t.strictSame([...await match(index, 'roomJoined', { room, user: alice })], [])
  t.strictSame([...await match(index, 'roomJoined', { room: { ...room, name: 'other' }, user: alice })], [['roomJoined', undefined]])
  t.strictSame([...await match(index, 'roomLeft', { room, user: alice })], [])
})

test('trigger words', async (t) => {
  const says = (text: string): EventData['sendMessage'] => messageEvent({ message: { text } })
  for (const [triggerWords, isAnywhere, text, expected] of [
    [['deploy'], false, 'deploy now', 'deploy'],
    [['deploy'], false, 'deployment', 'deploy'],
    [['deploy'], false, 'Deploy now', false],
    [['deploy'], false, 'please deploy', false],
    [['deploy'], true, 'please deploy', 'deploy'],
    [['deploy'], true, 'please DEPLOY', false],
    [['now', 'deploy'], true, 'deploy now', 'now'],
    [['now', 'dep', 'deploy'], false, 'deploy now', 'dep'],
    [['deploy now and then'], false, 'deploy now', false],
    [['w'], true, 'deploy now', 'w'],
    [['ow', 'w'], true, 'deploy now', 'ow'],
    [['now', 'zzz'], true, 'deploy now', 'now'],
    [['zzz', 'zz'], true, 'deploy now', false],
    [['now!'], true, 'deploy now', false],
    [['👩'], true, 'hello 👩‍👩‍👧', '👩'],
    [['deploy'], false, '', false],
    [['deploy'], true, '', false],
    [[], true, 'deploy', true],
    [[''], false, 'deploy', true]
  ] as const) {
    const integration = { triggerWords: [...triggerWords], triggerWordAnywhere: isAnywhere }
    t.equal(await fits(integration, says(text)), expected, `${JSON.stringify(triggerWords)}${isAnywhere ? ' anywhere' : ''} in '${text}'`)
  }
})

test('words count for messages only', async (t) => {
  const index = new TriggerIndex()
  put(index, outgoingRecord({ enabled: true, event: 'fileUploaded', triggerWords: ['never said'] }))
  t.equal((await match(index, 'fileUploaded', messageEvent())).size, 1)
})

test('edits', async (t) => {
  const edited = messageEvent({ message: { editedAt: new Date() } })
  t.equal(await fits({}, edited), false)
  t.equal(await fits({ triggerWords: ['deploy'] }, edited), false)
  t.equal(await fits({ runOnEdits: true }, edited), true)
  t.equal(await fits({ runOnEdits: true, triggerWords: ['deploy'] }, edited), 'deploy')
  t.equal(await fits({ runOnEdits: true }, messageEvent()), true)
  t.equal(await fits({}, messageEvent({ message: { editedAt: null } })), true)
})

test('a message that an integration made triggers none', async (t) => {
  t.equal(await fits({}, messageEvent({ message: { bot: { i: '3aazpZ2WzoBP8msi9' } } })), false)
  t.equal(await fits({}, messageEvent({ message: { bot: { i: '' } } })), false)
  t.equal(await fits({}, messageEvent({ message: { bot: true } })), true)
  t.equal(await fits({}, messageEvent({ message: { bot: {} } })), true)
})

test('changes', async (t) => {
  const index = new TriggerIndex()
  const ids = async (text: string = 'deploy now', room: string = 'general'): Promise<string[]> =>
    [...(await match(index, 'sendMessage', messageEvent({ room: { name: room }, message: { text } }))).keys()].sort()
  const a = outgoingRecord({ _id: 'a', enabled: true })
  const b = outgoingRecord({ _id: 'b', enabled: true, triggerWords: ['deploy', 'status'], triggerWordAnywhere: true })
  put(index, a)
  put(index, b)
  t.strictSame(await ids(), ['a', 'b'])
  put(index, { ...a, channel: ['#other'] })
  put(index, { ...b, triggerWords: ['status'] })
  t.strictSame(await ids(), [])
  t.strictSame(await ids('the status', 'other'), ['a'])
  t.strictSame(await ids('the status'), ['b'])
  put(index, { ...b, triggerWordAnywhere: false })
  t.strictSame(await ids('the status'), [])
  t.strictSame(await ids('status'), ['b'])
  put(index, { ...b, enabled: false })
  t.strictSame(await ids('status'), [])
  index.remove('a')
  index.remove('a')
  index.remove('unknown')
  t.strictSame(await ids('status', 'other'), [])
  t.equal(index.size, 0)
})

test('as a matcher that asks every integration', async (t) => {
  // Few names, so that much fits; ids of one thing are names of another.
  const rooms = ['r1', 'r2', 'r3']
  const users = ['u1', 'u2', 'u3']
  const scopes = ['all_public_channels', 'all_private_groups', 'all_direct_messages']
  const places = [...rooms.map((room) => `#${room}`), ...users.map((user) => `@${user}`), ...scopes]
  const written = fc.oneof(fc.constantFrom(...places), fc.constantFrom(...scopes).map((scope) => scope.toUpperCase()))
  const channels = fc.array(fc.tuple(written, fc.constantFrom(...places)), { maxLength: 3 }).chain((pairs) => fc.constantFrom<Array<Pick<OutgoingIntegration, 'channel' | 'channelIds'>>>(
    { channel: pairs.map(([text]) => text), channelIds: pairs.map(([, id]) => id) },
    { channel: pairs.map(([text]) => text) },
    { channel: pairs.map(([text]) => text), channelIds: ['#r1'] }
  ))
  const letters = fc.array(fc.constantFrom('a', 'b'), { maxLength: 7 }).map((array) => array.join(''))
  const integration: fc.Arbitrary<OutgoingIntegration> = fc.record({
    _id: fc.integer({ min: 0, max: 60 }).map(String),
    enabled: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    event: fc.oneof({ weight: 3, arbitrary: fc.constant('sendMessage' as const) }, fc.constantFrom(...eventNames)),
    channels,
    options: fc.record({
      triggerWords: fc.array(letters, { maxLength: 4 }), triggerWordAnywhere: fc.boolean(), runOnEdits: fc.boolean()
    }, { requiredKeys: [] })
  }).map(({ channels, options, ...fields }) => ({ ...outgoingRecord(), ...fields, ...channels, ...options }))
  const user = fc.record({ _id: fc.constantFrom(...users), username: fc.constantFrom(...users) })
  const room = fc.record({
    _id: fc.constantFrom(...rooms), name: fc.constantFrom(...rooms, null), type: fc.constantFrom('c', 'p', 'd', 'l'), users: fc.array(user, { maxLength: 3 })
  })
  const message = fc.record({
    text: letters, editedAt: fc.constantFrom(undefined, null, new Date()), bot: fc.constantFrom(undefined, true, {}, { i: 'x' })
  })
  const steps = fc.array(fc.oneof({ weight: 4, arbitrary: integration }, fc.integer({ min: 0, max: 60 }).map(String)), { minLength: 30, maxLength: 120 })
  const events = fc.array(fc.tuple(fc.constantFrom(...eventNames), fc.record({ room, user, message })), { minLength: 1, maxLength: 10 })
  let fitting = 0
  await fc.assert(fc.asyncProperty(steps, events, async (steps, events) => {
    const index = new TriggerIndex()
    const held = new Map<string, OutgoingIntegration>()
    for (const step of steps) {
      if (typeof step === 'string') {
        index.remove(step)
        held.delete(step)
      } else {
        put(index, step)
        held.set(step._id, step)
      }
    }
    for (const [event, parts] of events) {
      const data = messageEvent(parts)
      const expected = slowMatches(held.values(), event, data)
      fitting += expected.size
      const found = await match(index, event, data)
      if (!sameMatches(found, expected)) throw new Error(`${event}: ${JSON.stringify([...found])} instead of ${JSON.stringify([...expected])}`)
    }
  }), { numRuns: 400 })
  t.ok(fitting > 1000, `${fitting} integrations were triggered`)
})

test('long work goes on in slices, and stays right while the index changes', async (t) => {
  const index = new TriggerIndex()
  const count = 3000
  const idOf = (number: number): string => `i${number}`
  for (let number = 0; number < count; number++) {
    put(index, outgoingRecord({ _id: idOf(number), enabled: true, triggerWordAnywhere: true, triggerWords: [`word-${number}.`, `other-${number}.`] }))
  }
  const text = Array.from({ length: count }, (_, number) => `word-${number}.`).join(' ')
  const turns = new Turns()
  const matching = matchesOf(index, readEvent('sendMessage', messageEvent({ message: { text } })), turns.begin())
  const turnsOfOthers = await eachTurn(matching, (turn) => {
    index.remove(idOf(turn))
    put(index, outgoingRecord({ _id: idOf(count - turn), enabled: true, triggerWordAnywhere: true, triggerWords: ['word-'] }))
  })
  const matches = await matching
  t.ok(turnsOfOthers >= 2, 'others had their turns')
  const untouched = Array.from({ length: count - 2 * turnsOfOthers - 1 }, (_, number) => idOf(number + turnsOfOthers + 1))
  t.strictSame(untouched.filter((id) => !matches.has(id)), [], 'what did not change is there')
})

function sameMatches (one: ReadonlyMap<string, string | undefined>, other: ReadonlyMap<string, string | undefined>): boolean {
  return one.size === other.size && [...one].every(([id, word]) => other.has(id) && other.get(id) === word)
}
