import fc from 'fast-check'
import { type Test, test } from 'tap'
import { type IntegrationStore, MemoryStore } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { callers } from './support/callers.ts'
import { endpoints } from './support/documented.ts'
import { watchPrototypes } from './support/prototypes.ts'
import { requests, seed } from './support/requests.ts'
import { startServer } from './support/server.ts'
import { step } from './support/steps.ts'
import { Story } from './support/story.ts'

/** A story has so many requests on average. */
const usualLength = 8

const story = fc.array(step, { minLength: 1, maxLength: 2 * usualLength - 1, size: 'max' })

/**
 * Tells so many requests in stories. What is thrown on the side, outside of
 * any request, is noticed by tap, which fails the test.
 */
async function tell (t: Test, count: number, newStore: () => IntegrationStore): Promise<void> {
  const server = await startServer(t, callers)
  const assertPrototypes = watchPrototypes()
  const sent = new Map<string, number>()
  await fc.assert(fc.asyncProperty(story, async (steps) => {
    const story = await Story.begin(server, newStore())
    for (const step of steps) {
      const status = await story.tell(step)
      const what = `${step.endpoint} ${status}`
      sent.set(what, (sent.get(what) ?? 0) + 1)
    }
    server.assertQuiet()
    assertPrototypes()
  }), { seed, numRuns: Math.ceil(count / usualLength) })
  t.comment(Object.fromEntries([...sent].sort()))
  for (const endpoint of endpoints) {
    t.ok(sent.has(`${endpoint} 200`), `${endpoint}: some requests were served`)
    t.ok(sent.has(`${endpoint} 400`), `${endpoint}: and some refused`)
  }
}

test('hostile fields, MemoryStore', { timeout: 0 }, (t) => tell(t, requests(0.5), () => new MemoryStore()))

test('hostile fields, RedisStore', { timeout: 0 }, async (t) => {
  const redis = redisClient(t, await redisServer(t))
  let workspaces = 0
  await tell(t, requests(0.15), () => new RedisStore({ redis, keyPrefix: `workspace-${workspaces++}` }))
})
