import { test } from 'tap'
import { auth } from '../../../lib/guard/tables/auth.ts'
import { directory } from '../../../lib/guard/tables/directory.ts'
import { store } from '../../../lib/guard/tables/store.ts'
import {
  AdapterAnswerError, AdapterFailedError, IntegrationError, RecordDamagedError, RecordNotDecryptedError,
  RecordTooNewError
} from '../../../lib/errors/index.ts'
import type { IdempotencyClaim } from '../../../lib/ports/store.ts'
import { callsOf } from '../../support/calls.ts'
import { storeWith } from '../../support/store-with.ts'
import { MemoryStore } from '../../../lib/stores/memory/store.ts'
import { unchecked } from '../../support/unchecked.ts'
import { until } from '../../support/until.ts'
import { members, workspace } from '../../support/workspace.ts'

const user = { _id: 'a', username: 'b' }

function answering (answer: unknown): () => never {
  return unchecked(() => answer)
}

test('answers come back as they are, at once or later', async (t) => {
  for (const wrap of [(value: unknown) => value, (value: unknown) => Promise.resolve(value)]) {
    const adapters = callsOf({
      hasPermission: answering(wrap(true)),
      directory: { findUser: answering(wrap(user)), findRoom: answering(wrap(undefined)), isMember: answering(wrap(false)) }
    })
    t.equal(await adapters.ask(auth.hasPermission, user, 'message-impersonate'), true)
    t.strictSame(await adapters.ask(directory.findUser, 'x'), user)
    t.equal(await adapters.ask(directory.findRoom, 'x'), null)
    t.equal(await adapters.ask(directory.isMember, 'x', 'y'), false)
  }
  const sync = callsOf({})
  t.equal(sync.ask(auth.hasPermission, members.admin, 'manage-incoming-integrations'), true, 'a synchronous answer is not turned into a promise')
})

test('methods keep their this', async (t) => {
  class Rooms {
    readonly #user = user
    findUser (): typeof user { return this.#user }
    findRoom (): null { return this.#user._id === 'a' ? null : null }
    isMember (): boolean { return this.#user._id === 'a' }
  }
  const adapters = callsOf({ directory: new Rooms() })
  t.strictSame(await adapters.ask(directory.findUser, 'x'), user)
  t.equal(await adapters.ask(directory.isMember, 'x', 'y'), true)
})

test('an answer of another form is a failure of the adapter', async (t) => {
  const wrongBooleans = [undefined, null, 1, 0, 'true', {}]
  const wrongUsers = [true, 'user', 5, {}, [], { _id: 'a' }, { username: 'b' }, { _id: '', username: 'b' }, { _id: 'a', username: ' ' }, { _id: 5, username: 'b' }]
  const cases: Array<[string, unknown[], (answer: unknown) => unknown]> = [
    ['hasPermission', wrongBooleans, (answer) => callsOf({ hasPermission: answering(answer) }).ask(auth.hasPermission, user, 'message-impersonate')],
    ['directory.isMember', wrongBooleans, (answer) => callsOf({ directory: { ...workspace().directory, isMember: answering(answer) } }).ask(directory.isMember, 'a', 'b')],
    ['directory.findUser', wrongUsers, (answer) => callsOf({ directory: { ...workspace().directory, findUser: answering(answer) } }).ask(directory.findUser, 'a')],
    ['directory.findRoom', [true, 'room', 5, {}, { _id: '' }, { _id: 5 }], (answer) => callsOf({ directory: { ...workspace().directory, findRoom: answering(answer) } }).ask(directory.findRoom, 'a')]
  ]
  for (const [adapter, answers, run] of cases) {
    for (const answer of [...answers, ...answers.map((value) => Promise.resolve(value))]) {
      const error = await Promise.resolve().then(() => run(answer)).then(() => null, (reason: unknown) => reason)
      t.ok(error instanceof IntegrationError && error.code === 'error-service-unavailable', adapter)
      t.match(error, { cause: { code: 'FCI_ERR_ADAPTER_ANSWER', message: `${adapter} must answer` } })
      t.ok(error instanceof IntegrationError && error.cause instanceof AdapterAnswerError)
    }
  }
})

test('what an adapter throws is the cause of a 503', async (t) => {
  for (const fail of [() => { throw new Error('broken') }, () => Promise.reject(new Error('broken'))]) {
    const error = await Promise.resolve().then(() => callsOf({ hasPermission: fail }).ask(auth.hasPermission, user, 'message-impersonate'))
      .then(() => null, (reason: unknown) => reason)
    t.match(error, { code: 'error-service-unavailable', cause: { message: 'hasPermission failed', cause: { message: 'broken' } } })
    t.ok(error instanceof IntegrationError && error.cause instanceof AdapterFailedError)
  }
})

test('a record that cannot be read is no 503', async (t) => {
  for (const cause of [new RecordDamagedError('x', 'y'), new RecordTooNewError('x', '2'), new RecordNotDecryptedError('x', 'y')]) {
    const damaged = Object.assign(new MemoryStore(), { insert: answering(Promise.reject(cause)) })
    await t.rejects(Promise.resolve(callsOf({ store: damaged }).ask(store.insert, unchecked({ _id: 'x' }), {})), { code: cause.code })
  }
})

test('what is wrong with a user or a room is named by its kind', async (t) => {
  const id = 'SECRET'
  for (const [answer, says] of [
    [{ _id: 5, username: id }, '_id must be a text that is not blank, not a number'],
    [{ _id: { toHexString: () => id }, username: id }, '_id must be a text that is not blank, not an object'],
    [{ _id: undefined, username: id }, '_id must be a text that is not blank, not undefined'],
    [{ _id: null, username: id }, '_id must be a text that is not blank, not null'],
    [{ _id: ' ', username: id }, '_id must be a text that is not blank, not a blank text'],
    [{ _id: [id], username: id }, '_id must be a text that is not blank, not an array'],
    [{ _id: 5n, username: id }, '_id must be a text that is not blank, not a bigint'],
    [{ _id: id, username: true }, 'username must be a text that is not blank, not a boolean'],
    [id, 'the answer is a text'],
    [true, 'the answer is a boolean']
  ] as const) {
    const adapters = callsOf({ authenticate: answering(answer), directory: { ...workspace().directory, findUser: answering(answer) } })
    await t.rejects(async () => adapters.ask(auth.authenticate, unchecked({})), {
      cause: { message: `authenticate must answer a user with an _id and a username, or null; ${says}` }
    })
    await t.rejects(async () => adapters.ask(directory.findUser, 'x'), { cause: { message: new RegExp(`^directory\\.findUser must answer .*; ${says}$`) } })
  }
  await t.rejects(async () => callsOf({ directory: { ...workspace().directory, findRoom: answering({ _id: 7 }) } }).ask(directory.findRoom, 'x'), {
    cause: { message: 'directory.findRoom must answer a room with an _id, or null; _id must be a text that is not blank, not a number' }
  })
  await t.rejects(async () => callsOf({ hasPermission: answering(1) }).ask(auth.hasPermission, user, 'message-impersonate'), {
    cause: { message: 'hasPermission must answer true or false, not a number' }
  })
})

test('a release that takes too long is told so, and no longer waited for', async (t) => {
  const claim: IdempotencyClaim = { key: 'k', fingerprint: 'f', token: 't', lapsesAfter: 1, keptFor: 1 }
  const signals: AbortSignal[] = []
  const hanging = storeWith({
    release: (_claim, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    },
    claim: () => new Promise(() => {})
  })
  const adapters = callsOf({ store: hanging }, 50)
  await t.rejects(async () => adapters.ask(store.claim, claim), { code: 'error-service-unavailable' })
  await t.rejects(async () => adapters.afresh().ask(store.release, claim), { code: 'error-service-unavailable' }, 'the time of the request is over')
  await until('the signal is aborted', () => signals[0]?.aborted === true)
  t.equal(signals.length, 1)
})
