import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { BullmqQueue } from '../../lib/bullmq.ts'
import type { JobOutcome } from '../../lib/index.ts'
import { patient } from './integrations.ts'
import type { WorkerNote } from './queues.ts'

/**
 * A process that handles deliveries, for a test that needs several:
 * `queue-worker.js <port of Redis> <keyPrefix> <lockDuration> <milliseconds for each job>`.
 * It notes in a list of Redis, `notes`, which jobs it has begun and which are
 * done: what a killed process has noted is still there.
 */
async function main (port: number, keyPrefix: string, lockDuration: number, milliseconds: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1')
  const queue = new BullmqQueue({ redis, keyPrefix, lockDuration })
  const note = async (kind: WorkerNote['kind'], id: string): Promise<void> => {
    const noted: WorkerNote = { kind, id, worker: process.pid }
    await redis.rpush('notes', JSON.stringify(noted))
  }
  queue.process(async ({ id }): Promise<JobOutcome> => {
    await note('started', id)
    await sleep(milliseconds)
    await note('done', id)
    return 'done'
  })
  process.once('disconnect', () => process.exit())
  process.send?.('ready')
  process.once('SIGTERM', async () => {
    await queue.close(patient)
    redis.disconnect()
    process.disconnect()
  })
}

const [, , port, keyPrefix, lockDuration, milliseconds] = process.argv
if (process.send !== undefined && keyPrefix !== undefined) await main(Number(port), keyPrefix, Number(lockDuration), Number(milliseconds))
