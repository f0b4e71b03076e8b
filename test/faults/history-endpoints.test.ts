import Fastify from 'fastify'
import { test } from 'tap'
import { historyRecorder } from '../../lib/history/recorder.ts'
import chatIntegrations, { type HistoryStore, MemoryHistory, type Messenger } from '../../lib/index.ts'
import { RedisHistory } from '../../lib/redis.ts'
import { loggable } from '../../lib/routes/loggable.ts'
import { incomingBody } from '../support/bodies.ts'
import { startClient } from '../support/client.ts'
import { entryOf } from '../support/history.ts'
import { integrationOf, patient } from '../support/integrations.ts'
import { captureLog } from '../support/log.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { isUnavailable, unavailable } from '../support/unavailable.ts'
import { unchecked } from '../support/unchecked.ts'
import { until } from '../support/until.ts'
import { members, workspace } from '../support/workspace.ts'

const adapterTimeout = 300
/** How late an answer may be on a machine that is busy with something else. */
const margin = 2500

const faults: Record<string, () => unknown> = {
  'throws an Error': () => { throw Object.assign(new Error('away'), { command: { args: ['SECRET'] } }) },
  'throws null': () => { throw unchecked<Error>(null) },
  rejects: async () => { throw new Error('away') },
  hangs: () => new Promise(() => {}),
  'answers a thenable that hangs': () => ({ then () {} })
}

/** A history whose methods all have the same fault. */
function faulty (fault: () => unknown): HistoryStore {
  const broken = unchecked<() => never>(fault)
  return { append: broken, list: broken, get: broken, clear: broken }
}

for (const [what, fault] of Object.entries(faults)) {
  test(`a history that ${what}`, async (t) => {
    const log = captureLog()
    const client = await startClient(t, { history: faulty(fault), adapterTimeout }, { logger: log.logger })
    const { _id: integrationId, type } = integrationOf((await client.create(incomingBody)).body)
    unavailable(t, await client.query('history', { id: integrationId }), 'a read is answered 503')
    unavailable(t, await client.send('clearHistory', { integrationId }), 'clearing too')
    t.match(log.text(), /history\.list/)
    t.match(log.text(), /history\.clear/)
    t.equal((await client.query('get', { integrationId })).status, 200, 'all other endpoints go on')
    const began = performance.now()
    t.match((await client.send('remove', { type, integrationId })).body, { success: true, integration: { _id: integrationId } })
    t.ok(performance.now() - began < adapterTimeout + margin, 'a removal does not wait')
    t.match((await client.query('list', {})).body, { total: 0 }, 'it is stored')
    await until('the log says that the history was not cleared', () => log.lines().some((line) =>
      line['msg'] === 'the history of a removed integration was not cleared' && line['integrationId'] === integrationId))
    t.notMatch(log.text(), /SECRET/)
  })
}

for (const answer of [null, undefined, 'SECRET', { entries: 'SECRET', total: 0 }, { entries: [{ _id: 'SECRET' }], total: 1 }]) {
  test(`a history that answers ${JSON.stringify(answer)} is answered 503, and the log says what was expected`, async (t) => {
    const log = captureLog()
    const client = await startClient(t, { history: { ...faulty(() => answer), clear () {} } }, { logger: log.logger })
    const { _id: id } = integrationOf((await client.create(incomingBody)).body)
    unavailable(t, await client.query('history', { id }), 'a read')
    t.match(log.text(), /history\.list must answer at most 100 entries and their total/)
    t.notMatch(log.text(), /SECRET/)
  })
}

test('a history that answers more than it was asked for, and fields of its own', async (t) => {
  const client = await startClient(t, {
    history: unchecked({
      ...faulty(() => undefined),
      list: () => ({ entries: ['1', '2', '3'].map((_id) => ({ ...entryOf('a', _id), tenant: 'COLUMN' })), total: 3 })
    })
  })
  const { _id: id } = integrationOf((await client.create(incomingBody)).body)
  t.strictSame((await client.query('history', { id, count: '2' })).body, {
    history: [entryOf('a', '1'), entryOf('a', '2')], offset: 0, items: 2, count: 2, total: 3, success: true
  })
})

test('the server closes when it has cleared the history of what was removed, and does not wait for ever', async (t) => {
  for (const [clear, most] of [[(done: () => void) => { setTimeout(done, 100) }, margin], [() => {}, adapterTimeout + margin]] as const) {
    let cleared = false
    const app = Fastify()
    await app.register(chatIntegrations, {
      ...workspace(),
      adapterTimeout,
      history: {
        ...faulty(() => undefined),
        clear: () => new Promise((resolve) => { clear(() => { cleared = true; resolve() }) })
      }
    })
    const { _id: integrationId, type } = await app.integrations.create(members.admin, incomingBody)
    await app.integrations.remove(members.admin, { type, integrationId })
    t.equal(cleared, false, 'the removal does not wait')
    const began = performance.now()
    await app.close()
    t.ok(performance.now() - began < most)
    t.equal(cleared, most === margin)
  }
})

for (const fault of ['paused', 'killed'] as const) {
  test(`Redis is ${fault} while senders post and readers read`, async (t) => {
    const server = await redisServer(t, { appendfsync: 'always' })
    const log = captureLog()
    const history = new RedisHistory({ redis: redisClient(t, server) })
    let posted = 0
    const messenger: Messenger = { post: () => ({ _id: `message-${posted++}` }) }
    const client = await startClient(t, { history, messenger, adapterTimeout, incoming: { rateLimit: false } }, { logger: log.logger })
    const { _id: id, type, token } = integrationOf((await client.create(incomingBody)).body)
    const { _id: other } = integrationOf((await client.create(incomingBody)).body)
    const send = async (): Promise<void> => {
      const { status } = await fetch(`${client.url}/hooks/${id}/${token}`, { method: 'POST', body: JSON.stringify({ text: `SAID ${token}` }) })
      t.equal(status, 200)
    }
    const totalOf = async (): Promise<unknown> => Reflect.get(Object((await client.query('history', { id })).body), 'total')
    for (let turn = 0; turn < 5; turn++) await send()
    await until('they are remembered', async () => await totalOf() === 5)

    if (fault === 'paused') server.pause()
    else await server.kill()
    const began = performance.now()
    const reads = Promise.all(Array.from({ length: 10 }, () => client.query('history', { id })))
    for (let turn = 0; turn < 20; turn++) await send()
    for (const reply of await reads) unavailable(t, reply, 'a read is answered 503')
    t.ok(performance.now() - began < adapterTimeout + margin, 'no sender waits, and no reader for long')
    unavailable(t, await client.send('clearHistory', { integrationId: id }), 'clearing too')
    t.equal((await client.query('get', { integrationId: id })).status, 200, 'the integrations are there')
    t.equal((await client.send('remove', { type, integrationId: other })).status, 200, 'also to be removed')
    const told = (): number => log.lines().filter(({ msg }) => String(msg).startsWith('the history does not remember entries')).length
    await until('the outage is told', () => told() > 0)

    if (fault === 'paused') server.resume()
    else await server.restart()
    await until('reads succeed again, in the same process', async () => {
      const reply = await client.query('history', { id })
      if (reply.status !== 200) t.ok(isUnavailable(reply))
      return reply.status === 200
    })
    await send()
    const newest = `message-${posted - 1}`
    await until('what is sent now is remembered', async () =>
      (await client.query('history', { id, count: '1' })).text.includes(newest))
    const [entry] = (await history.list(id, { offset: 0, count: 1 }, patient)).entries
    t.match(entry, { type: 'incoming-webhook', data: { text: 'SAID ***' }, messages: [{ _id: newest }], status: 200 })
    t.equal(posted, 26, 'each message was posted once')
    t.equal(told(), 1, 'once')
    t.equal((await client.send('clearHistory', { integrationId: id })).status, 200)
    t.equal(await totalOf(), 0)
    t.notMatch(log.text(), /SAID/)
    t.notOk(log.text().includes(token))
  })
}

test('a history that hangs or fails keeps no sender waiting', async (t) => {
  for (const [what, fault] of Object.entries(faults)) {
    const log = captureLog()
    const messenger: Messenger = { post: () => ({ _id: 'message' }) }
    const client = await startClient(t, { history: faulty(fault), messenger, adapterTimeout: 2000 }, { logger: log.logger })
    const { _id, token } = integrationOf((await client.create(incomingBody)).body)
    const began = performance.now()
    for (let turn = 0; turn < 5; turn++) {
      const reply = await fetch(`${client.url}/hooks/${_id}/${token}`, { method: 'POST', body: '{"text":"hello"}' })
      t.strictSame(await reply.json(), { success: true, ok: true }, what)
    }
    t.ok(performance.now() - began < 8000, 'each of them would take 2000 if it waited')
  }
})

test('a default history has room for what one process records', async (t) => {
  const history = new MemoryHistory()
  const { record, settled } = historyRecorder({
    history, timeout: { milliseconds: adapterTimeout, option: 'adapterTimeout' }, loggable, log: { warn () { t.fail('nothing is lost') } }
  })
  for (let number = 0; number < 2000; number++) record({ ...entryOf('a', String(number)), data: 'x'.repeat(20_000) }, [])
  await settled()
  t.ok(history.list('a', { offset: 0, count: 100 }).total > 50)
})
