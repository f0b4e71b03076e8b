import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'tap'
import type { Integration } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { type ChangeReport, sharedFields } from '../support/change-worker.ts'
import { outgoingRecord, patient } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { often } from '../support/soak.ts'

const changes = often(500, 5000)

test(`four processes make ${changes} random changes each`, { timeout: 600_000 }, async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis })
  const shared = Array.from({ length: 10 }, (_, i) => `shared${i}`)
  for (const _id of shared) await store.insert(outgoingRecord({ _id, name: 'shared', channel: ['#general'] }), {}, patient)

  const workers = sharedFields.map((_field, number) => {
    const worker = fork(new URL('../support/change-worker.js', import.meta.url), [String(server.port), String(number), String(changes), ...shared], {
      // Its output would be taken for test results.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    t.teardown(() => worker.kill('SIGKILL'))
    return worker
  })
  await Promise.all(workers.map(message))
  const done = Promise.all(workers.map(message))
  for (const worker of workers) worker.send('begin')
  const reports = await done

  const { integrations } = await consistentWorkspace(t, redis)
  const byId = new Map<string, Integration>(integrations.map((integration) => [integration._id, integration]))
  const removed = new Set(reports.flatMap((report) => report.removed))
  t.equal(removed.size, reports.flatMap((report) => report.removed).length, 'nothing was removed twice')
  for (const id of removed) if (byId.has(id)) t.fail(`${id} was removed and is there`)
  for (const id of reports.flatMap((report) => report.created)) {
    if (!removed.has(id) && !byId.has(id)) t.fail(`${id} was created, not removed, and is not there`)
  }
  for (const [number, { last }] of reports.entries()) {
    const field = sharedFields[number] ?? 'name'
    for (const [id, value] of Object.entries(last)) {
      const integration = byId.get(id)
      t.equal(integration?.[field], value, `${field} of ${id}: no other writer undid it`)
    }
  }
  t.comment(`${integrations.length} left, ${removed.size} removed, ${reports.map(({ refused }) => refused).join('+')} refused`)
  t.ok(reports.every(({ refused }) => refused < changes / 2), 'most changes were made')
})

async function message (worker: ChildProcess): Promise<ChangeReport> {
  const exited = once(worker, 'exit').then(([code]: unknown[]): never => { throw new Error(`the process ended with ${String(code)}`) })
  exited.catch(() => {})
  const [said]: ChangeReport[] = await Promise.race([once(worker, 'message'), exited])
  if (said === undefined) throw new Error('the process said nothing')
  return said
}
