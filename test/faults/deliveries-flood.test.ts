import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { type CountingReceiver, countingReceiver, repeatsOf } from '../support/counting-receiver.ts'
import { DeliveryServer } from '../support/delivery-server.ts'
import { patient } from '../support/integrations.ts'
import { caller } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { send } from '../support/send.ts'
import { often, soaking } from '../support/soak.ts'
import { until } from '../support/until.ts'
import { credentials, members } from '../support/workspace.ts'

const paths = ['/one', '/two']
/** How many messages a flood has. There are two. */
const messages = often(1500, 25_000)
const maxWaitingPerLane = often(100, 1000)

/** By how many bytes the heap may differ before and after. */
const heapMargin = 16 * 1024 * 1024
/** By how many bytes a process may grow meanwhile. */
const memoryMargin = 400 * 1024 * 1024
/** How late the host may answer at most, in milliseconds. */
const margin = often(10_000, 2000)

for (const inProcess of soaking ? [false, true] : [false]) {
  test(`a flood of messages, with ${inProcess ? 'an in-process queue' : 'a BullmqQueue'}: overload is counted, and the books balance`, { timeout: 600_000 }, async (t) => {
    const redis = await redisServer(t)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => { release = resolve })
    // Every third message fails for good.
    const receiver = await countingReceiver(t, ({ messageId }) => ({ status: Number(messageId.split('-')[1]) % 3 === 0 ? 400 : 200, after: held }))
    const record = caller('', { urls: paths.map((path) => receiver.base + path) })
    await new RedisStore({ redis: redisClient(t, redis) }).insert(record, {}, patient)
    const server = await DeliveryServer.start(t, { redisPort: redis.port, inProcess, maxWaitingPerLane, timeout: 120_000 }, ['--expose-gc'])
    await server.emit({ name: 'warm', count: 30, atOnce: 10, every: 10 })
    const before = await server.state()
    const host = new Asking(server.url)

    await server.emit({ name: 'held', count: messages, atOnce: 100, every: 0 })
    const { history } = JSON.parse((await send(`${server.url}/api/v1/integrations.history?id=${record._id}`, { method: 'GET', headers: credentials(members.admin) })).body)
    t.match(history, [{ step: 'delivery-dropped', error: 'too many deliveries wait for this URL' }], 'the history tells of overload')
    release()
    await server.emit({ name: 'flowing', count: messages, atOnce: 100, every: 0 })
    const slowest = await host.end()
    const during = await server.state()
    const kept = sum(server.emitted.map(({ deliveries }) => deliveries))
    await until('all deliveries have ended', () => server.reports.length >= kept, 300)

    requireBooks(t, server, receiver)
    t.ok(slowest < margin, `the host has answered within ${Math.round(slowest)} ms`)
    const after = await stateAfter(server, before.heap)
    t.comment(`emit held its caller for ${during.longestEmit.toFixed(1)} ms at most, and the event loop was held for ${Math.round(during.held)} ms at most, p99 ${Math.round(during.heldP99)} ms`)
    t.ok(after.heap < before.heap + heapMargin, `the heap is back: ${megabytes(before.heap)} before, ${megabytes(after.heap)} after`)
    t.ok(after.mostMemory < before.mostMemory + memoryMargin, `memory is bounded: ${megabytes(before.mostMemory)} before, ${megabytes(after.mostMemory)} at most`)
    t.strictSame(after.complaints, [], 'no unhandled rejection, no warning')
  })
}

/** Asserts that each delivery was dropped, or has ended once, as its receiver says. */
function requireBooks (t: Test, { emitted, reports }: DeliveryServer, receiver: CountingReceiver): void {
  const all = paths.length * (2 * messages + 30)
  const kept = sum(emitted.map(({ deliveries }) => deliveries))
  const dropped = sum(emitted.map((event) => event.dropped))
  const [delivered, failed] = ['delivered', 'failed'].map((outcome) => reports.filter((report) => report.outcome === outcome).length)
  const taken = sum(paths.map((path) => receiver.taken(path).size))
  t.comment(`${all} deliveries: ${delivered} delivered, ${failed} failed, ${dropped} dropped`)
  t.equal(kept + dropped, all, 'each delivery is kept or dropped')
  t.equal(reports.length, kept, 'what was kept has ended, once')
  t.equal(delivered, taken, 'the receivers have taken what was delivered')
  t.equal(sum(paths.map((path) => receiver.callsOf(path))) - taken, failed, 'and refused what has failed')
  t.ok(dropped > 0 && failed !== undefined && failed > 0 && taken > 0, 'there is some of each')
  for (const path of paths) t.strictSame(repeatsOf(receiver, path), { sameId: 0, otherId: [] }, `${path}: nothing came twice`)
}

/** Asks a server again and again. */
class Asking {
  #slowest = 0
  #isOver = false
  readonly #ended: Promise<void>

  constructor (url: string) {
    this.#ended = this.#run(`${url}/elsewhere`)
    // The test hears of an error at the end.
    this.#ended.catch(() => {})
  }

  /** The slowest answer, in milliseconds. */
  async end (): Promise<number> {
    this.#isOver = true
    await this.#ended
    return this.#slowest
  }

  async #run (url: string): Promise<void> {
    while (!this.#isOver) {
      const begin = performance.now()
      await send(url, { method: 'GET' })
      this.#slowest = Math.max(this.#slowest, performance.now() - begin)
      await sleep(20)
    }
  }
}

/** Its state once memory is back: the last answers of Redis may come late. */
async function stateAfter (server: DeliveryServer, heap: number): ReturnType<DeliveryServer['state']> {
  const end = performance.now() + 10_000
  for (;;) {
    const state = await server.state()
    if (state.heap < heap + heapMargin || performance.now() > end) return state
    await sleep(100)
  }
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function megabytes (bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
