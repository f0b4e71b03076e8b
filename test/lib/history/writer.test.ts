import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { HistoryWriter, type HistoryWriterOptions } from '../../../lib/history/writer.ts'
import type { HistoryStore } from '../../../lib/ports/history.ts'
import { MemoryHistory } from '../../../lib/stores/memory/history.ts'
import { RedisHistory } from '../../../lib/stores/redis/history.ts'
import { entryOf } from '../../support/history.ts'
import { patient } from '../../support/integrations.ts'
import { redisClient, redisServer } from '../../support/redis-client.ts'
import { until } from '../../support/until.ts'

const all = { offset: 0, count: 1000 }

/** A writer that notes what it is told. */
function writerOf (history: HistoryStore, options: Partial<HistoryWriterOptions> = {}) {
  const told: unknown[] = []
  const writer = new HistoryWriter({
    history,
    timeout: 5000,
    maxUnderWay: 100,
    onOutage: (error) => { told.push(error) },
    onRecovery: (lost) => { told.push(lost) },
    ...options
  })
  return { writer, told }
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
  writer.write(entryOf('a', '1'))
  writer.write(entryOf('a', '2'))
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
    writer.write(entryOf('a', '1'))
    await writer.settled()
  }
  t.strictSame(told, [failure, 3, failure, 1])
})

test('loses entries rather than memory when the history does not answer', async (t) => {
  const answers: Array<() => void> = []
  const { writer, told } = writerOf(historyWith(() => new Promise((resolve) => answers.push(resolve))), { maxUnderWay: 3, timeout: 200 })
  for (let number = 0; number < 10; number++) writer.write(entryOf('a', String(number)))
  t.equal(answers.length, 3)
  t.match(told, [{ code: 'FCI_ERR_STORE_UNAVAILABLE', message: /3 entries of the history are under way/ }])
  const begin = performance.now()
  await writer.settled()
  t.ok(performance.now() - begin < 5000, 'waiting ends')
  for (const answer of answers) answer()
  await sleep(1)
  writer.write(entryOf('a', '10'))
  t.equal(answers.length, 4, 'there is room again')
  answers[3]?.()
  await writer.settled()
  t.equal(told.length, 2)
  t.equal(typeof told[1], 'number')
})

test('tells the history when time is up', async (t) => {
  const { writer, told } = writerOf(historyWith((_entry, { signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })), { timeout: 50 })
  writer.write(entryOf('a', '1'))
  await until('it is told', () => told.length > 0)
  t.match(told, [{ name: 'TimeoutError' }])
})

test('an outage of Redis loses history, is told once, and ends by itself', async (t) => {
  const server = await redisServer(t)
  const history = new RedisHistory({ redis: redisClient(t, server) })
  const { writer, told } = writerOf(history, { timeout: 500, maxUnderWay: 1000 })
  let number = 0
  const write = (): void => { writer.write(entryOf('a', String(number++))) }
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
