import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { test, type Test } from 'tap'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { forkWithoutHooks } from '../support/run.ts'
import { members } from '../support/workspace.ts'

const CreatedSchema = Type.Array(Type.Object({ _id: Type.String(), token: Type.String() }))

const perProcess = 1000

type Created = Static<typeof CreatedSchema>

/** What two processes create at once, when a creator may have so many integrations of a type. */
async function createInTwoProcesses (t: Test, { port }: RedisServer, mostOfCreator: number): Promise<Created> {
  const args = [port, perProcess, mostOfCreator].map(String)
  const workers = Array.from({ length: 2 }, () => {
    // Its output would be taken for test results.
    const worker = fork(new URL('../support/create-worker.js', import.meta.url), args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'], ...forkWithoutHooks()
    })
    t.teardown(() => worker.kill('SIGKILL'))
    return worker
  })
  await Promise.all(workers.map(message))
  const created = Promise.all(workers.map(message))
  for (const worker of workers) worker.send('begin')
  return (await created).flatMap((list) => Value.Decode(CreatedSchema, list))
}

test('two processes create no more than one creator may have, to the integration', async (t) => {
  const server = await redisServer(t)
  const all = await createInTwoProcesses(t, server, 100)
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  t.equal(all.length, integrations.length)
  for (const type of ['webhook-incoming', 'webhook-outgoing'] as const) {
    const of = ({ _id }: { _id: string }): number =>
      integrations.filter((integration) => integration.type === type && integration._createdBy._id === _id).length
    t.equal(of(members.owner), 100, type)
    t.ok(of(members.admin) > 100, 'only callers with their own ones have a limit')
  }
})

test('two processes create integrations at once', async (t) => {
  const server = await redisServer(t)
  const all = await createInTwoProcesses(t, server, 2 * perProcess)

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
