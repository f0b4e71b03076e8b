import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { test } from 'tap'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'

const CreatedSchema = Type.Array(Type.Object({ _id: Type.String(), token: Type.String() }))

const perProcess = 1000

test('two processes create integrations at once', async (t) => {
  const server = await redisServer(t)
  const workers = Array.from({ length: 2 }, () => {
    const worker = fork(new URL('../support/create-worker.js', import.meta.url), [String(server.port), String(perProcess)], {
      // Its output would be taken for test results.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    t.teardown(() => worker.kill('SIGKILL'))
    return worker
  })
  await Promise.all(workers.map(message))
  const created = Promise.all(workers.map(message))
  for (const worker of workers) worker.send('begin')
  const all = (await created).flatMap((list) => Value.Decode(CreatedSchema, list))

  t.equal(all.length, 2 * perProcess)
  t.equal(new Set(all.map(({ _id }) => _id)).size, all.length, 'every _id is unique')
  t.equal(new Set(all.map(({ token }) => token)).size, all.length, 'every token is unique')

  const { integrations, changes, keys } = await consistentWorkspace(t, redisClient(t, server))
  const byId = <T extends { _id: string }>(one: T, other: T): number => one._id < other._id ? -1 : 1
  t.strictSame(
    integrations.map(({ _id, token }) => ({ _id, token })).sort(byId), all.sort(byId), 'all of them are there, and nothing else'
  )
  t.equal(integrations.filter(({ type }) => type === 'webhook-incoming').length, perProcess)
  t.strictSame(changes.map(({ _id }) => _id).sort(), all.map(({ _id }) => _id), 'the stream has them')
  // Records; two sets for each type; four for each creator; the URLs; the changes.
  t.equal(keys.length, all.length + 4 + 8 + 2)
})

/** The next thing that a process says; fails when it ends instead. */
async function message (worker: ChildProcess): Promise<unknown> {
  const controller = new AbortController()
  const { signal } = controller
  try {
    return await Promise.race([
      once(worker, 'message', { signal }).then(([said]: unknown[]) => said),
      once(worker, 'exit', { signal }).then(([code]: unknown[]) => { throw new Error(`the process ended with ${String(code)}`) })
    ])
  } finally {
    controller.abort()
  }
}
