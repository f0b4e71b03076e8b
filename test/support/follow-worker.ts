import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { RedisStore } from '../../lib/redis.ts'
import { outgoingRecord, patient } from './integrations.ts'

/**
 * A process that changes what a store holds, for a test that needs several:
 * `follow-worker.js <port of Redis> <number of the process> <how many changes>`.
 * It says "ready" and waits for any message. Of ten changes, six insert an
 * integration that stays as it is, two rename one that all processes share, and
 * two insert one and remove it. It says "done".
 */
async function main (port: number, number: number, count: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1')
  const store = new RedisStore({ redis })
  await redis.ping()
  process.send?.('ready')
  await once(process, 'message')

  for (let turn = 0; turn < count; turn++) {
    const id = `${number}-${turn}`
    const kind = turn % 10
    if (kind < 6) await store.insert(outgoingRecord({ _id: `kept-${id}` }), {}, patient)
    else if (kind < 8) await rename(store, `shared-${turn % 5}`, id)
    else if (kind === 8) await store.insert(outgoingRecord({ _id: `mortal-${id}` }), {}, patient)
    else {
      const found = await store.find(`mortal-${number}-${turn - 1}`, patient)
      if (found !== null) await store.remove(found, patient)
    }
    // The changes must last longer than what happens to the reader.
    await sleep(3)
  }
  process.send?.('done')
  redis.disconnect()
  process.disconnect()
}

async function rename (store: RedisStore, id: string, name: string): Promise<void> {
  for (let done = false; !done;) {
    const found = await store.find(id, patient)
    if (found === null) throw new Error(`${id} is missing`)
    done = await store.replace(found, { ...found.integration, name }, patient)
  }
}

const [port, number, count] = process.argv.slice(2).map(Number)
if (port !== undefined && number !== undefined && count !== undefined) await main(port, number, count)
