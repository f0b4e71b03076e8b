import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import type { Integration } from '../../schemas/index.ts'
import { outgoingBody } from '../support/bodies.ts'
import { create, Example } from '../support/example.ts'
import { integrationOf, withoutIds } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { often } from '../support/soak.ts'
import { until } from '../support/until.ts'

/** The administrator of the example's workspace. */
const admin = { 'x-user-id': 'aobEdbYhXfu5hkeqG', 'x-auth-token': '9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq' }

/** How long the example waits for clients when it is told to end, in milliseconds. */
const grace = 8000

/** What clients saw of a server until it was gone. */
interface Seen {
  readonly acknowledged: Integration[]
  /** Statuses other than 200. */
  readonly others: number[]
  /** Answers that began and did not end. */
  cut: number
  /** Names of requests that got no answer at all. */
  readonly unanswered: string[]
}

/** Creates an integration of that name, which is its idempotency key as well. */
function createOnce (example: Example, name: string): Promise<Response> {
  return create(example, { ...admin, 'idempotency-key': name }, { ...outgoingBody, name })
}

/** Sixteen clients that create one integration after the other until the server is gone. */
function createUntilGone (example: Example, round: number): { readonly seen: Seen, readonly gone: Promise<unknown> } {
  const seen: Seen = { acknowledged: [], others: [], cut: 0, unanswered: [] }
  const gone = Promise.all(Array.from({ length: 16 }, async (_, client) => {
    for (let number = 0; ; number++) {
      const name = `${round}-${client}-${number}`
      let response: Response
      try {
        response = await createOnce(example, name)
      } catch {
        seen.unanswered.push(name)
        return
      }
      try {
        const body: unknown = await response.json()
        if (response.status === 200) seen.acknowledged.push(integrationOf(body))
        else seen.others.push(response.status)
      } catch {
        seen.cut++
      }
    }
  }))
  return { seen, gone }
}

async function requireAll (t: Test, server: RedisServer, acknowledged: readonly Integration[]): Promise<void> {
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  const stored = new Map(integrations.map((integration) => [integration._id, withoutIds(integration)]))
  t.strictSame(acknowledged.filter(({ _id }) => !stored.has(_id)), [], `${acknowledged.length} that clients saw are there`)
  t.strictSame(acknowledged.map(({ _id }) => stored.get(_id)), acknowledged, 'as they saw them')
}

test('the process is killed in the middle of creates: what clients saw is there', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const rounds = often(3, 50)
  const creates = often(200, 1000)
  const acknowledged: Integration[] = []
  const unanswered: string[] = []
  for (let round = 0; round < rounds; round++) {
    const example = await Example.start(t, 'standalone', { REDIS_URL: server.url })
    const { seen, gone } = createUntilGone(example, round)
    await until('it is at it', () => seen.acknowledged.length >= creates / 2)
    await example.end('SIGKILL')
    await gone
    acknowledged.push(...seen.acknowledged)
    unanswered.push(...seen.unanswered)
    // Redis itself is killed with it every other time.
    if (round % 2 === 1) {
      await server.kill()
      await server.restart()
    }
    await requireAll(t, server, round === rounds - 1 ? acknowledged : seen.acknowledged)
  }
  t.comment(`${rounds} times killed, ${acknowledged.length} acknowledged, none lost`)

  // What got no answer is sent again: it is there already, or it is not.
  const example = await Example.start(t, 'standalone', { REDIS_URL: server.url })
  let replayed = 0
  for (const name of unanswered) {
    await until('its claim has lapsed, if it had one', async () => {
      const response = await createOnce(example, name)
      if (response.headers.get('idempotent-replayed') === 'true') replayed++
      return response.status === 200
    })
  }
  for (const integration of acknowledged.slice(-20)) {
    t.strictSame(integrationOf(await (await createOnce(example, integration.name)).json()), integration, 'and what was answered is answered again')
  }
  t.comment(`${unanswered.length} unanswered and sent again, ${replayed} of them were there already`)
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  t.equal(new Set(integrations.map(({ name }) => name)).size, integrations.length, 'none is there twice')
  t.equal(integrations.length, acknowledged.length + unanswered.length, 'each is there')
})

test('the process is told to end under load: what is under way is finished', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  for (let round = 0; round < often(2, 20); round++) {
    const example = await Example.start(t, 'standalone', { REDIS_URL: server.url })
    const { seen, gone } = createUntilGone(example, round)
    await until('it is at it', () => seen.acknowledged.length > 100)
    const started = performance.now()
    t.strictSame(await example.end('SIGTERM'), { code: 0, signal: null })
    t.ok(performance.now() - started < grace, 'it ended in time')
    await gone
    t.equal(seen.cut, 0, 'no answer was cut off')
    t.strictSame(seen.others.filter((status) => status !== 503), [], 'every answer is 200, or 503 to who came late')
    await requireAll(t, server, seen.acknowledged)
    await sleep(10)
  }
})
