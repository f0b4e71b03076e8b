import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { MemoryStore } from '../../lib/index.ts'
import { callers as probers } from '../support/callers.ts'
import { entryOf } from '../support/history.ts'
import { incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'
import { type Member, members } from '../support/workspace.ts'
import { type Answer, documented, type Endpoint, endpoints } from './support/documented.ts'
import { type Members, objectOf } from './support/json.ts'
import { requests, seed } from './support/requests.ts'
import { startServer } from './support/server.ts'

// Whoever may not use a thing must not learn whether it exists. Everything is
// asked for twice, by a name that exists and by one of the same form that does
// not, and both answers must be the same but for the name that was sent, after
// the same calls of the directory. (How long an answer takes is not compared: on
// a busy machine it says nothing. `npm run bench:probing` measures it.)

const directions = ['incoming', 'outgoing'] as const
type Direction = typeof directions[number]

function holds ({ permissions }: Member, direction: Direction, grant: 'full' | 'any'): boolean {
  return permissions.some((held) => held === `manage-${direction}-integrations` ||
    (grant === 'any' && held === `manage-own-${direction}-integrations`))
}

/** A thing that the caller may not use, its name, and a name of the same form that nothing has. */
interface Target {
  readonly exists: string
  readonly missing: string
}

/** Rooms that the callers are not in, and people that they are not, by name and by `_id`. */
const places: readonly Target[] = [
  { exists: '#secret', missing: '#sacred' },
  { exists: '#secretId', missing: '#sacredId' },
  { exists: '#team', missing: '#teem' },
  { exists: '#teamId', missing: '#teemId' },
  { exists: '#direct', missing: '#divert' },
  { exists: '@admin', missing: '@nimda' },
  { exists: '@guestId', missing: '@questId' },
  // As a target room: a room, else a user.
  { exists: 'secret', missing: 'sacred' },
  { exists: 'teamId', missing: 'teemId' },
  { exists: 'guest', missing: 'quest' }
]

const victim = members.admin

const targets: Readonly<Record<Direction, { readonly id: Target, readonly name: Target, readonly url: Target }>> = {
  incoming: {
    id: { exists: 'xY5qzpZ2WzoBP8msi', missing: 'xY5qzpZ2WzoBP8msj' },
    name: { exists: 'victim-in', missing: 'nobody-in' },
    url: { exists: 'http://victim.example/in', missing: 'http://nobody.example/in' }
  },
  outgoing: {
    id: { exists: '3aazpZ2WzoBP8msi9', missing: '3aazpZ2WzoBP8msi8' },
    name: { exists: 'victim-out', missing: 'nobody-out' },
    url: { exists: 'http://victim.example/out', missing: 'http://nobody.example/out' }
  }
}

async function newStore (): Promise<MemoryStore> {
  const store = new MemoryStore()
  const common = { username: 'rocket.cat', userId: 'rocket.cat' }
  // What stays as it is, is looked up by its id; what is probed, by its name.
  const ids = { channelIds: ['#GENERAL'] }
  const { incoming, outgoing } = targets
  await store.insert(incomingRecord({ ...common, _id: incoming.id.exists, name: incoming.name.exists, _createdBy: actor(victim) }), {}, patient)
  await store.insert(outgoingRecord({
    ...common, _id: outgoing.id.exists, name: outgoing.name.exists, urls: [outgoing.url.exists], _createdBy: actor(victim)
  }), {}, patient)
  for (const prober of probers) {
    await store.insert(incomingRecord({ ...common, ...ids, _id: ownId(prober, 'incoming'), name: 'mine', _createdBy: actor(prober) }), {}, patient)
    await store.insert(outgoingRecord({ ...common, ...ids, _id: ownId(prober, 'outgoing'), name: 'mine', _createdBy: actor(prober) }), {}, patient)
  }
  return store
}

function actor ({ _id, username }: Member): { _id: string, username: string } {
  return { _id, username }
}

function ownId ({ _id }: Member, direction: Direction): string {
  return `${_id}${direction}`.padEnd(17, 'z')
}

/** A request that names a target. */
interface Probe {
  readonly caller: Member
  readonly endpoint: Endpoint
  readonly target: Target
  /** The request that names this. */
  readonly content: (name: string) => string
}

const prober = fc.constantFrom(...probers)
const direction = fc.constantFrom(...directions)

/** What else a body says, right and wrong: which mistake is told must not depend on the target. */
const more: fc.Arbitrary<Members> = fc.array(fc.constantFrom<Members[number]>(
  ['name', '"x"'], ['name', '""'], ['name', '7'], ['enabled', 'true'], ['enabled', 'null'], ['scriptEnabled', 'true'], ['script', '"("'], ['script', '5'],
  ['avatar', '"x"'], ['alias', 'null'], ['unknown', '1'], ['username', '"nobody"'], ['username', '""'], ['username', '"rocket.cat"'], ['emoji', '":x:"'],
  ['_updatedAt', '"2017-01-06T13:23:46.018Z"'], ['_updatedAt', '"2018-01-06T13:23:46.018Z"'], ['_createdBy', '{"_id":"adminId","username":"admin"}'],
  ['userId', '"rocket.cat"'], ['userId', '"other"'], ['scriptEngine', '"vm2"'], ['retryCount', '11'], ['event', '"roomCreated"'],
  ['event', '"userCreated"'], ['event', '"none"'], ['targetRoom', '"#general"'], ['channel', '"#general"'], ['channel', '""']
), { maxLength: 4 })

const valid = (direction: Direction): Members => [
  ['type', JSON.stringify(`webhook-${direction}`)], ['name', '"x"'], ['enabled', 'true'], ['username', '"rocket.cat"'], ['channel', '"@rocket.cat"'],
  ['scriptEnabled', 'false'], ...(direction === 'outgoing' ? [['event', '"sendMessage"'], ['urls', '["http://a.example"]']] as const : [])
]

/** The ways to write a channel among others. */
const writings: ReadonlyArray<(channel: string) => unknown> = [
  (channel) => channel,
  (channel) => [channel],
  (channel) => `@rocket.cat, ${channel}`,
  (channel) => [channel, '#nowhere'],
  (channel) => ['#nowhere', channel],
  (channel) => ['@rocket.cat', ` ${channel} `]
]

/** A room or a user in a body of create or update, sent by somebody without full permission. */
const placeProbe: fc.Arbitrary<Probe> = fc.record({
  caller: prober,
  direction,
  endpoint: fc.constantFrom('create', 'update'),
  target: fc.constantFrom(...places),
  field: fc.constantFrom('channel', 'targetRoom'),
  writing: fc.constantFrom(...writings),
  more
}).filter(({ caller, direction }) => !holds(caller, direction, 'full')).map(({ caller, direction, endpoint, target, field, writing, more }) => ({
  caller,
  endpoint,
  target,
  content: (name) => objectOf([
    ...(endpoint === 'create'
      ? valid(direction)
      : [['type', JSON.stringify(`webhook-${direction}`)], ['integrationId', JSON.stringify(ownId(caller, direction))]] as const),
    ...more,
    [field, JSON.stringify(field === 'channel' ? writing(name) : name)]
  ])
}))

/** Which part of somebody else's integration is named, and where. */
type By = 'id' | 'url' | 'name'

const ways: ReadonlyArray<readonly [endpoint: Endpoint, by: By]> = [
  ['get', 'id'], ['update', 'id'], ['remove', 'id'], ['regenerateToken', 'id'], ['update', 'url'], ['remove', 'url'], ['list', 'name'],
  ['history', 'id'], ['clearHistory', 'id']
]

/**
 * The contract wants these two told apart, for a caller with a permission for
 * the other direction only (3.1): who may do nothing with the direction of an
 * integration that exists is told so, and the body or query does not say which
 * direction is meant.
 */
function isToldApart (caller: Member, endpoint: Endpoint, direction: Direction): boolean {
  return ['get', 'regenerateToken', 'history', 'clearHistory'].includes(endpoint) && !holds(caller, direction, 'any') && caller.permissions.length > 0
}

/** Somebody else's integration, sent by somebody without full permission for its direction. */
const integrationProbe: fc.Arbitrary<Probe> = fc.record({
  caller: prober, direction, way: fc.constantFrom(...ways), said: direction, createdBy: fc.constantFrom('', '&createdBy=adminId', '&createdBy=x'), more
}).filter(({ caller, direction, way: [endpoint] }) => !holds(caller, direction, 'full') && !isToldApart(caller, endpoint, direction))
  .map(({ caller, direction, way: [endpoint, by], said, createdBy, more }) => {
    const target = targets[direction][by]
    const content = (name: string): string => {
      if (endpoint === 'list') return `name=${name}`
      if (endpoint === 'get') return `integrationId=${name}${createdBy}`
      if (endpoint === 'history') return `id=${name}`
      const locator = [by === 'id' ? 'integrationId' : 'target_url', JSON.stringify(name)] as const
      // They take nothing else.
      if (endpoint === 'regenerateToken' || endpoint === 'clearHistory') return objectOf([locator])
      return objectOf([['type', JSON.stringify(`webhook-${said}`)], locator, ...(endpoint === 'update' ? more : [])])
    }
    return { caller, endpoint, target, content }
  })

/** What a request that is served makes anew every time. */
const anew = /"(?:_id|token|_createdAt|_updatedAt)":"[^"]*"/g

/** An answer as somebody sees it who knows what it sent. */
function seen ({ status, headers, text }: Answer, name: string): unknown {
  const { date, 'content-length': length, ...others } = headers
  // Neither name holds anything that JSON would escape.
  return { status, headers: others, text: text.replaceAll(name, 'NAME').replace(anew, '') }
}

test('what exists and may not be used looks like what does not exist', { timeout: 0 }, async (t) => {
  const calls: string[] = []
  const server = await startServer(t, [...probers, ...Object.values(members)], (method) => { calls.push(method) })
  const told = new Map<string, number>()
  const probe = fc.oneof(placeProbe, integrationProbe)
  await fc.assert(fc.asyncProperty(probe, async ({ caller, endpoint, target: { exists, missing }, content }) => {
    // Two stores: what the first request does must not be what the second one meets.
    server.use(await newStore())
    for (const { id } of Object.values(targets)) server.history.append(entryOf(id.exists, 'entry'), patient)
    const first = await server.send(caller, endpoint, content(exists))
    const callsForFirst = calls.splice(0)
    server.use(await newStore())
    const second = await server.send(caller, endpoint, content(missing))
    assert.deepEqual(calls.splice(0), callsForFirst, `${caller.username}: ${endpoint} ${content(exists)}`)
    documented(endpoint, first)
    assert.deepEqual(seen(first, exists), seen(second, missing), `${caller.username}: ${endpoint} ${content(exists)}`)
    const what = `${endpoint} ${first.status}`
    told.set(what, (told.get(what) ?? 0) + 1)
    server.assertQuiet()
  }), { seed, numRuns: requests(0.125) })
  t.comment(Object.fromEntries([...told].sort()))
  for (const endpoint of endpoints) t.ok([...told.keys()].some((what) => what.startsWith(endpoint)), endpoint)
})

test('a room and none are looked for by the same calls, in the same order', async (t) => {
  const calls: string[] = []
  const server = await startServer(t, [...probers, ...Object.values(members)], (method) => { calls.push(method) })
  const caller = probers.find(({ permissions }) => permissions.length === 2 && permissions.every((held) => held.startsWith('manage-own-')))
  assert.ok(caller !== undefined)
  const expected: Readonly<Record<string, readonly string[]>> = { '#': ['findRoom', 'isMember'], '@': ['findUser'] }
  for (const { exists, missing } of places) {
    for (const direction of directions) {
      for (const name of [exists, missing]) {
        const field = expected[name.charAt(0)] === undefined ? 'targetRoom' : 'channel'
        if (field === 'targetRoom' && direction === 'incoming') continue
        server.use(await newStore())
        calls.splice(0)
        const { status } = await server.send(caller, 'create', objectOf([...valid(direction), [field, JSON.stringify(name)]]))
        t.equal(status, 400)
        // The user to post as goes first, and the channel of a target room before it: both are @rocket.cat.
        const before = field === 'channel' ? ['findUser'] : ['findUser', 'findUser']
        t.strictSame(calls, [...before, ...expected[name.charAt(0)] ?? ['findRoom', 'isMember', 'findUser']], `${direction} ${name}`)
      }
    }
  }
})

test('nobody finds out who created what it may not see', async (t) => {
  const server = await startServer(t, [...probers, ...Object.values(members)])
  server.use(await newStore())
  for (const caller of probers) {
    for (const direction of directions) {
      if (holds(caller, direction, 'full')) continue
      const query = `integrationId=${targets[direction].id.exists}&createdBy=`
      const right = await server.send(caller, 'get', query + victim._id)
      const wrong = await server.send(caller, 'get', `${query}nobody`)
      t.strictSame(seen(right, 'adminId'), seen(wrong, 'nobody'), `${caller.username} ${direction}`)
    }
  }
})

test('those who may see a thing are told the truth', async (t) => {
  // Otherwise the pairs above could be the same because nothing works.
  const server = await startServer(t, [...probers, ...Object.values(members)])
  for (const caller of probers) {
    for (const direction of directions) {
      server.use(await newStore())
      const { id } = targets[direction]
      const { status } = await server.send(caller, 'get', `integrationId=${id.exists}`)
      t.equal(status, holds(caller, direction, 'full') ? 200 : 400, `${caller.username} ${direction}`)
      const room = await server.send(caller, 'create', objectOf([...valid(direction), ['channel', '"#secret"']]))
      t.equal(room.status, holds(caller, direction, 'full') ? 200 : 400)
    }
  }
})
