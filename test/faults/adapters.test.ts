import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { test, type Test } from 'tap'
import { type IntegrationsOptions, type IntegrationStore, MemoryStore } from '../../lib/index.ts'
import { incomingBody } from '../support/bodies.ts'
import { startClient } from '../support/client.ts'
import { captureLog, type CapturedLog } from '../support/log.ts'
import { unavailable } from '../support/unavailable.ts'
import { unchecked } from '../support/unchecked.ts'
import { until } from '../support/until.ts'
import { members, workspace } from '../support/workspace.ts'
import { storeWith } from '../support/store-with.ts'

/** Stands in for an adapter of the host: gets its arguments, and what it answers counts. */
type Fault = (...args: unknown[]) => unknown

const adapterTimeout = 150

/** Puts a fault in the place of one adapter. */
const broken: Record<string, (fault: Fault) => Partial<IntegrationsOptions>> = {
  authenticate: (fault) => ({ authenticate: unchecked(fault) }),
  hasPermission: (fault) => ({ hasPermission: unchecked(fault) }),
  'directory.findUser': (fault) => ({ directory: { ...workspace().directory, findUser: unchecked(fault) } }),
  'directory.findRoom': (fault) => ({ directory: { ...workspace().directory, findRoom: unchecked(fault) } }),
  'directory.isMember': (fault) => ({ directory: { ...workspace().directory, isMember: unchecked(fault) } }),
  'store.insert': (fault) => ({ store: storeWith({ insert: unchecked(fault) }) })
}

const failure = (): Error => Object.assign(new Error('the host failed'), { statusCode: 500, code: 'HOST_FAILED' })

const faults: Record<string, Fault> = {
  'throws an Error': () => { throw failure() },
  'throws a text': () => unchecked(Reflect.apply(thrower, undefined, ['text'])),
  'throws null': () => unchecked(Reflect.apply(thrower, undefined, [null])),
  'rejects with an Error': async () => { throw failure() },
  'rejects with a text': () => Promise.reject(unchecked<Error>('text')),
  'rejects with nothing': () => Promise.reject(unchecked<Error>(undefined)),
  hangs: () => new Promise(() => {}),
  'answers a thenable that hangs': () => ({ then: () => {} }),
  'answers a thenable that throws': () => ({ then: () => { throw failure() } }),
  'answers a thenable that rejects': () => ({ then: (_resolve: unknown, reject: (error: Error) => void) => reject(failure()) }),
  'answers a thenable that hangs in the end': () => ({ then: (resolve: (value: unknown) => void) => resolve(new Promise(() => {})) })
}

function thrower (what: unknown): never {
  throw what
}

/** A user or room with a field that cannot be read, as lazily loaded ones of an ORM whose connection is gone. */
function booby (field: string): object {
  return Object.defineProperty({ _id: 'x', username: 'x' }, field, { enumerable: true, get () { throw failure() } })
}

const noUsers: unknown[] = [
  true, false, 0, 1, NaN, '', 'rocket.cat', [], ['x'], {}, { _id: 'x' }, { username: 'x' }, { _id: '', username: 'x' },
  { _id: 'x', username: ' ' }, { _id: 5, username: 'x' }, { _id: 'x', username: null }, () => members.admin, Symbol('user'), 5n,
  booby('_id'), booby('username'), booby('then')
]
const noRooms: unknown[] = [
  true, false, 0, 1, '', 'GENERAL', [], ['GENERAL'], {}, { _id: '' }, { _id: ' ' }, { _id: 5 }, { name: 'general' },
  () => ({ _id: 'x' }), booby('_id'), booby('then')
]
const noBooleans: unknown[] = [undefined, null, 0, 1, '', 'true', [], {}, { granted: true }, () => true, Object(true), booby('then')]

const garbage: Record<string, unknown[]> = {
  authenticate: noUsers,
  hasPermission: noBooleans,
  'directory.findUser': noUsers,
  'directory.findRoom': noRooms,
  'directory.isMember': noBooleans
}

for (const [adapter, withFault] of Object.entries(broken)) {
  // Side by side: many of them do nothing but wait.
  test(adapter, { jobs: 8 }, (t) => {
    const unavailableWhen = (what: string, fault: Fault): void => {
      t.test(what, { buffered: true }, (t) => expectUnavailable(t, adapter, withFault(fault)))
    }
    for (const [what, fault] of Object.entries(faults)) unavailableWhen(what, fault)
    for (const answer of garbage[adapter] ?? []) {
      unavailableWhen(`answers ${inspect(answer)}`, () => answer)
      unavailableWhen(`answers ${inspect(answer)}, later`, async () => answer)
    }
    t.end()
  })
}

/** Sends a request that asks every adapter, and expects the documented answer and the name of the adapter in the log. */
async function expectUnavailable (t: Test, adapter: string, options: Partial<IntegrationsOptions>): Promise<void> {
  const log = captureLog()
  // A request that hangs must not keep the server, and with it the test, from ending.
  const client = await startClient(t, { adapterTimeout, ...options }, { logger: log.logger, forceCloseConnections: true })
  const answer = client.create({ ...incomingBody, username: members.owner.username }, members.owner).catch(() => null)
  const reply = await Promise.race([answer, sleep(adapterTimeout + 2500, null, { ref: false })])
  if (reply === null) throw new Error('there was no answer in time')
  unavailable(t, reply, 'the documented answer')
  t.match(failureIn(log), {
    level: 50, errorType: 'error-service-unavailable', msg: 'Service Unavailable', err: { message: new RegExp(`^${adapter} `) }
  }, 'the log says which adapter it was')
}

/** The one line that reports a failure. */
function failureIn (log: CapturedLog): Record<string, unknown> | undefined {
  return log.lines().find(({ err }) => err !== undefined)
}

test('a store whose insert does not say what came of it', async (t) => {
  for (const answer of [undefined, null, false, true, 0, 'no', 'Inserted', {}, ['inserted']]) {
    const client = await startClient(t, { store: storeWith({ insert: unchecked(() => answer) }) })
    unavailable(t, await client.create(incomingBody), JSON.stringify(answer))
  }
})

test('an authenticate that fails with 4xx says that nobody is logged in', async (t) => {
  for (const statusCode of [400, 401, 404, 422, 429]) {
    for (const fail of [() => { throw Object.assign(new Error('malformed'), { statusCode }) }, () => Promise.reject(unchecked<Error>({ statusCode }))]) {
      const log = captureLog()
      const client = await startClient(t, { authenticate: fail }, { logger: log.logger })
      const { status, body } = await client.create(incomingBody)
      t.equal(status, 401, String(statusCode))
      t.match(body, { status: 'error', error: 'You must be logged in to do this.' })
      t.strictSame(log.lines().filter(({ level }) => Number(level) > 40), [], 'and is no error of the server')
    }
  }
})

test('an authenticate that fails with 403 turns a known caller away, in the words of the host', async (t) => {
  const forbidden = Object.assign(new Error('This account is locked'), { statusCode: 403, code: 'LOCKED' })
  for (const [authenticate, error, errorType] of [
    [() => { throw forbidden }, 'This account is locked', 'LOCKED'],
    [() => Promise.reject(forbidden), 'This account is locked', 'LOCKED'],
    [() => Promise.reject(unchecked<Error>({ statusCode: 403, message: 'Locked' })), 'Locked', undefined]
  ] as const) {
    const client = await startClient(t, { authenticate })
    const { status, body, headers } = await client.create(incomingBody)
    t.equal(status, 403)
    t.strictSame(body, { success: false, error, ...(errorType && { errorType }) })
    t.equal(headers.get('cache-control'), 'no-store')
  }
})

test('a 4xx of any other adapter is a failure of the adapter', async (t) => {
  for (const [adapter, withFault] of Object.entries(broken)) {
    if (adapter === 'authenticate') continue
    for (const statusCode of [401, 403, 404]) {
      await expectUnavailable(t, adapter, withFault(() => { throw Object.assign(failure(), { statusCode }) }))
    }
  }
})

test('adapters that are slow one after the other share one adapterTimeout', async (t) => {
  const { authenticate, hasPermission, directory } = workspace()
  const store: IntegrationStore = new MemoryStore()
  const waiting = async <T>(answer: () => T): Promise<Awaited<T>> => {
    await sleep(250)
    return await answer()
  }
  const slow: Partial<IntegrationsOptions> = {
    authenticate: (request) => waiting(() => authenticate(request)),
    hasPermission: (user, permission) => waiting(() => hasPermission(user, permission)),
    directory: {
      findUser: (key) => waiting(() => directory.findUser(key)),
      findRoom: (key) => waiting(() => directory.findRoom(key)),
      isMember: (userId, roomId) => waiting(() => directory.isMember(userId, roomId))
    },
    store: storeWith({ insert: (integration, conditions, call) => waiting(() => store.insert(integration, conditions, call)) }, store)
  }

  // Each needs less than the timeout, but together they need five times 250 ms.
  const hasty = await startClient(t, { ...slow, adapterTimeout: 600 })
  const started = performance.now()
  unavailable(t, await hasty.create(incomingBody), 'given up')
  const waited = performance.now() - started
  t.ok(waited > 550 && waited < 600 + 2500, `after one timeout: ${waited}`)

  const patient = await startClient(t, { ...slow, adapterTimeout: 10_000 })
  t.equal((await patient.create(incomingBody)).status, 200)
})

test('what is asked side by side is waited for once', async (t) => {
  const { directory } = workspace()
  const client = await startClient(t, {
    adapterTimeout: 5000,
    directory: {
      ...directory,
      findRoom: async (key) => {
        await sleep(200)
        return { _id: key }
      }
    }
  })
  const channel = Array.from({ length: 100 }, (_, index) => `#room-${index}`)
  t.equal((await client.create({ ...incomingBody, channel })).status, 200, '100 rooms at 200 ms each')
})

test('an adapter that fails after it was given up harms nobody', async (t) => {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', onUnhandled)
  t.teardown(() => process.off('unhandledRejection', onUnhandled))

  for (const [adapter, withFault] of Object.entries(broken)) {
    let failed = 0
    const client = await startClient(t, {
      adapterTimeout: 50,
      ...withFault(async () => {
        await sleep(150)
        failed++
        throw failure()
      })
    })
    const channel = ['#general', '#team']
    unavailable(t, await client.create({ ...incomingBody, username: members.owner.username, channel }, members.owner), adapter)
    await until('the adapter failed', () => failed > 0)
  }
  // Node reports a rejection when the microtasks after it have run.
  await turn()
  await turn()
  t.strictSame(unhandled, [])
})

test('a store that asks after the end is told that nobody waits', async (t) => {
  const aborted: boolean[] = []
  const client = await startClient(t, {
    adapterTimeout: 50,
    store: storeWith({
      async insert (_integration, _conditions, call) {
        await sleep(150)
        aborted.push(call.signal.aborted)
        return 'inserted' as const
      }
    })
  })
  unavailable(t, await client.create(incomingBody), 'given up')
  await until('the store asked', () => aborted.length > 0)
  t.strictSame(aborted, [true])
})
