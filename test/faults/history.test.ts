import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'tap'
import { MemoryHistory } from '../../lib/stores/memory/history.ts'
import { RedisHistory } from '../../lib/stores/redis/history.ts'
import { entryOf } from '../support/history.ts'
import { impatient, patient } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { until } from '../support/until.ts'

const all = { offset: 0, count: 1000 }
const stream = '{chat-integrations}:history:a'
const places = '{chat-integrations}:history-places:a'

test('two processes append to the history of one integration', async (t) => {
  const server = await redisServer(t)
  const workers = ['one', 'two'].map((name) => {
    const worker = fork(new URL('../support/history-worker.js', import.meta.url), [String(server.port), name, '2000'], {
      // Its output would be taken for test results.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    t.teardown(() => worker.kill('SIGKILL'))
    return worker
  })
  for (const ready of await Promise.all(workers.map((worker) => once(worker, 'message')))) t.strictSame(ready[0], 'ready')
  const done = Promise.all(workers.map((worker) => once(worker, 'message')))
  for (const worker of workers) worker.send('begin')
  for (const said of await done) t.strictSame(said[0], 'done')

  const redis = redisClient(t, server)
  const { entries, total } = await new RedisHistory({ redis }).list('a', all, patient)
  t.equal(total, entries.length)
  t.ok(total > 50 && total <= 100, `${total} entries`)
  const ids = entries.map(({ _id }) => _id)
  t.equal(new Set(ids).size, total, 'each once')
  const about = await redis.xinfo('STREAM', stream)
  t.equal(Array.isArray(about) && about[about.indexOf('entries-added') + 1], 4000, 'none was lost on the way')
  const kept = await redis.xrange(stream, '-', '+')
  const { bytes, ...known } = await redis.hgetall(places)
  t.strictSame(Object.keys(known).sort(), kept.map(([, fields]) => `:${fields[1]}`).sort())
  t.equal(Number(bytes), kept.reduce((sum, [, fields]) => sum + (fields[3] ?? '').length, 0))
  t.ok(Number(bytes) <= 256 * 1024)
})

for (const appendfsync of ['always', undefined] as const) {
  test(`Redis is killed and comes back ${appendfsync === undefined ? 'empty' : 'with what it had'}`, async (t) => {
    const server = await redisServer(t, appendfsync && { appendfsync })
    const history = new RedisHistory({ redis: redisClient(t, server) })
    for (const _id of ['1', '2']) await history.append(entryOf('a', _id), patient)
    await server.kill()
    await t.rejects(history.append(entryOf('a', '3'), impatient(300)), { code: 'FCI_ERR_STORE_UNAVAILABLE' }, 'an entry is lost')
    await t.rejects(history.list('a', all, impatient(300)), { code: 'FCI_ERR_STORE_UNAVAILABLE' }, 'a reader is told')
    await server.restart()
    await until('it remembers again', () => history.append(entryOf('a', '4'), impatient(1000)).then(() => true, () => false))
    const { entries, total } = await history.list('a', all, patient)
    t.strictSame(entries.map(({ _id }) => _id), appendfsync === undefined ? ['4'] : ['4', '2', '1'])
    t.equal(total, entries.length)
  })
}

test('10,000 appends to one integration stay within the bounds', async (t) => {
  const count = 10_000
  const entry = (number: number): ReturnType<typeof entryOf> => entryOf('a', `entry-${number}`, {
    // Up to 30 KiB, 15 KiB on average: the bytes are what bounds.
    data: { text: 'x'.repeat((number * 7919) % 15_000) }, httpResult: 'y'.repeat((number * 104_729) % 15_000)
  })

  await t.test('in Redis', async (t) => {
    const redis = redisClient(t, await redisServer(t))
    const history = new RedisHistory({ redis })
    const begin = performance.now()
    let most = 0
    for (let number = 0; number < count; number += 50) {
      await Promise.all(Array.from({ length: 50 }, async (_, index) => { await history.append(entry(number + index), patient) }))
      if (number % 1000 === 0) most = Math.max(most, Number(await redis.memory('USAGE', stream, 'SAMPLES', 0)))
    }
    const duration = performance.now() - begin
    const [inStream, inPlaces] = await Promise.all([stream, places].map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
    const { entries, total } = await history.list('a', all, patient)
    const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)), 0)
    t.ok(bytes <= 1024 * 1024 && bytes > 900 * 1024, `${total} entries, ${bytes} bytes`)
    t.ok(Math.max(most, Number(inStream)) + Number(inPlaces) < 2 * 1024 * 1024, `${most} bytes of memory at most, ${inStream} and ${inPlaces} at the end`)
    t.equal(entries[0]?._id, `entry-${count - 1}`)
    t.comment(`${Math.round(count / duration * 1000)} appends a second`)
  })

  await t.test('in Redis, the same entries written again and again', async (t) => {
    const redis = redisClient(t, await redisServer(t))
    const history = new RedisHistory({ redis })
    for (let number = 0; number < count; number += 50) {
      await Promise.all(Array.from({ length: 50 }, async (_, index) => {
        await history.append(entryOf('a', String((number + index) * 31 % 100), { httpResult: 'x'.repeat((number + index) % 700) }), patient)
      }))
    }
    t.equal((await history.list('a', all, patient)).total, 100)
    const inStream = Number(await redis.memory('USAGE', stream, 'SAMPLES', 0))
    t.ok(inStream < 512 * 1024, `what was taken away does not pile up: ${inStream} bytes`)
  })

  await t.test('in memory', async (t) => {
    const history = new MemoryHistory()
    const begin = performance.now()
    for (let number = 0; number < count; number++) history.append(entry(number), patient)
    const duration = performance.now() - begin
    const { entries, total } = history.list('a', all)
    const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)), 0)
    t.ok(bytes <= 1024 * 1024 && bytes > 900 * 1024, `${total} entries, ${bytes} bytes`)
    t.equal(entries[0]?._id, `entry-${count - 1}`)
    t.comment(`${Math.round(count / duration * 1000)} appends a second`)
  })
})
