import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import type { SizedEntry } from '../../../lib/history/entry.ts'
import { HistoryWriter, type HistoryWriterOptions } from '../../../lib/history/writer.ts'
import type { HistoryStore } from '../../../lib/ports/history.ts'
import { MemoryHistory } from '../../../lib/stores/memory/history.ts'
import { RedisHistory } from '../../../lib/stores/redis/history.ts'
import { ample } from '../../support/calls.ts'
import { entryOf } from '../../support/history.ts'
import { patient } from '../../support/integrations.ts'
import { redisClient, redisServer } from '../../support/redis-client.ts'
import { unchecked } from '../../support/unchecked.ts'
import { until } from '../../support/until.ts'

const all = { offset: 0, count: 1000 }

/** A writer that notes what it is told. */
function writerOf (history: HistoryStore, options: Partial<HistoryWriterOptions> = {}) {
  const told: unknown[] = []
  const writer = new HistoryWriter({
    history,
    timeout: ample,
    maxUnderWay: 100,
    maxBytesUnderWay: 1024 * 1024,
    calm: 0,
    onOutage: (error) => { told.push(error) },
    onRecovery: (lost) => { told.push(lost) },
    onNotCleared: (integrationId, error) => { told.push(integrationId, error) },
    ...options
  })
  return { writer, told }
}

function sized (_id: string, bytes: number = 1000): SizedEntry {
  return { entry: entryOf('a', _id), bytes }
}

function historyWith (append: HistoryStore['append']): HistoryStore {
  return { append, list: () => ({ entries: [], total: 0 }), get: () => null, clear: () => {} }
}

test('writes without waiting, and waits when it is asked to', async (t) => {
  const history = new MemoryHistory()
  const { writer, told } = writerOf(historyWith(async (entry, call) => {
    await sleep(20)
    history.append(entry, call)
  }))
  writer.write(sized('1'))
  writer.write(sized('2'))
  t.equal(history.list('a', all).total, 0)
  await writer.settled()
  t.equal(history.list('a', all).total, 2)
  t.strictSame(told, [])
  await writer.settled()
})

test('tells once that entries get lost, and once how many', async (t) => {
  const failure = new Error('away')
  let isAway = false
  const { writer, told } = writerOf(historyWith(() => { if (isAway) throw failure }))
  for (const away of [false, true, true, true, false, false, true, false]) {
    isAway = away
    writer.write(sized('1'))
    await writer.settled()
  }
  t.strictSame(told, [failure, 3, failure, 1])
})

test('loses entries rather than memory when the history does not answer', async (t) => {
  const answers: Array<() => void> = []
  const { writer, told } = writerOf(historyWith(() => new Promise((resolve) => answers.push(resolve))), { maxUnderWay: 3, timeout: { ...ample, milliseconds: 200 } })
  for (let number = 0; number < 10; number++) writer.write(sized(String(number)))
  t.equal(answers.length, 3)
  t.match(told, [{ code: 'FCI_ERR_STORE_UNAVAILABLE', message: /3 entries of the history are under way/ }])
  const begin = performance.now()
  await writer.settled()
  t.ok(performance.now() - begin < 5000, 'waiting ends')
  for (const answer of answers) answer()
  await sleep(1)
  writer.write(sized('10'))
  t.equal(answers.length, 4, 'there is room again')
  answers[3]?.()
  await writer.settled()
  t.equal(told.length, 2)
  t.equal(typeof told[1], 'number')
})

test('bounds the bytes that are under way', async (t) => {
  const answers: Array<() => void> = []
  const { writer, told } = writerOf(historyWith(() => new Promise((resolve) => answers.push(resolve))), { maxBytesUnderWay: 100 })
  for (const bytes of [60, 30, 11, 10, 1]) writer.write(sized('1', bytes))
  t.equal(answers.length, 3, '11 bytes and the last one did not fit')
  t.match(told, [{ message: /2 entries of the history are under way already, 90 bytes/ }])
  answers[0]?.()
  await turn()
  t.equal(told.length, 2, 'an entry was remembered')
  writer.write(sized('1', 60))
  t.equal(answers.length, 4, 'there is room again')
  for (const answer of answers) answer()
  await writer.settled()
})

test('a history that fails now and then is one outage', async (t) => {
  let count = 0
  const { writer, told } = writerOf(historyWith(() => { if (count++ % 2 === 0) throw new Error('away') }), { calm: 100 })
  for (let number = 0; number < 50; number++) writer.write(sized(String(number)))
  t.match(told, [{ message: 'away' }])
  await sleep(150)
  count = 1
  writer.write(sized('x'))
  t.match(told, [{ message: 'away' }, 25])
})

test('a thenable of a database is asked once', async (t) => {
  let sent = 0
  const query = { then (resolve: () => void) { sent++; resolve() } }
  const { writer, told } = writerOf(historyWith(() => unchecked(query)))
  writer.write(sized('1'))
  await writer.settled()
  t.equal(sent, 1)
  t.strictSame(told, [])
})

test('clears the history of a removed integration behind what is under way', async (t) => {
  const history = new MemoryHistory()
  const { writer, told } = writerOf({
    ...historyWith(async (entry, call) => {
      await sleep(20)
      history.append(entry, call)
    }),
    clear: (integrationId) => { history.clear(integrationId) }
  })
  writer.write(sized('1'))
  writer.forget('a')
  await writer.settled()
  t.equal(history.list('a', all).total, 0)
  t.strictSame(told, [])
})

test('a call that ends after its integration was removed leaves no entry', async (t) => {
  const history = new MemoryHistory()
  const { writer, told } = writerOf(history)
  writer.forget('a')
  await writer.settled()
  writer.write(sized('late'))
  writer.write({ entry: entryOf('b', 'other'), bytes: 1000 })
  await writer.settled()
  t.equal(history.list('a', all).total, 0)
  t.equal(history.list('b', all).total, 1)
  t.strictSame(told, [])
})

test('tells what was not cleared, and does not throw', async (t) => {
  const failure = new Error('away')
  for (const clear of [() => { throw failure }, async () => { throw failure }]) {
    const { writer, told } = writerOf({ ...historyWith(() => {}), clear })
    writer.forget('a')
    await writer.settled()
    t.strictSame(told, ['a', failure])
  }
  const { writer, told } = writerOf({ ...historyWith(() => {}), clear: () => new Promise(() => {}) }, { timeout: { ...ample, milliseconds: 50 } })
  writer.forget('a')
  await until('it is told', () => told.length > 0)
  t.match(told, ['a', { message: 'history.clear did not answer within adapterTimeout' }])
})

test('tells the history when time is up', async (t) => {
  const timeout = { ...ample, milliseconds: 50 }
  const { writer, told } = writerOf(historyWith((_entry, { signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('gave up')))
  })), { timeout })
  writer.write(sized('1'))
  await until('it is told', () => told.length > 0)
  t.match(told, [{ message: 'gave up' }], 'a history may say what it was waiting for')
  await writer.settled()

  const deaf = writerOf(historyWith(() => new Promise(() => {})), { timeout })
  deaf.writer.write(sized('1'))
  await until('it is told', () => deaf.told.length > 0)
  t.match(deaf.told, [{ code: 'FCI_ERR_ADAPTER_TIMEOUT', message: 'history.append did not answer within adapterTimeout' }])
})

test('an outage of Redis loses history, is told once, and ends by itself', async (t) => {
  const server = await redisServer(t)
  const history = new RedisHistory({ redis: redisClient(t, server) })
  const { writer, told } = writerOf(history, { timeout: { ...ample, milliseconds: 500 }, maxUnderWay: 1000 })
  let number = 0
  const write = (): void => { writer.write(sized(String(number++))) }
  for (let turn = 0; turn < 20; turn++) write()
  await writer.settled()
  t.equal((await history.list('a', all, patient)).total, 20)

  await server.kill()
  await until('the outage is told', () => {
    write()
    return told.length > 0
  })
  for (let turn = 0; turn < 200; turn++) write()
  await writer.settled()
  t.equal(told.length, 1, 'once')
  await server.restart()
  await until('it remembers again', () => {
    write()
    return told.length > 1
  })
  await writer.settled()
  t.equal(told.length, 2)
  t.ok(Number(told[1]) > 0 && Number(told[1]) < number, `${String(told[1])} of ${number} were lost`)
  const { entries } = await history.list('a', all, patient)
  t.ok(entries.length > 0)
  t.notOk(entries.some(({ _id }) => Number(_id) < 20), 'what Redis held is gone')
})
