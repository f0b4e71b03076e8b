import assert from 'node:assert/strict'
import type { Job } from '../../ports/queue.ts'
import { awkwardTexts, givenUp, patient } from '../samples.ts'
import { until } from '../until.ts'
import { add, gate, handle, type QueueCases, twoQueues } from './queue-under-test.ts'
import { newJob, newJobs } from './samples.ts'

/** How many jobs of a lane a queue keeps. */
const mostOfLane = 1000

/** Jobs come as they were added. */
export const addCases: QueueCases = {
  async 'a job comes with every field as it was added' (create) {
    const { queue } = await create()
    const { keyPrefix } = queue
    const values: unknown[] = [
      ...awkwardTexts, null, false, 0, -1, 0.1, 1e21, Number.MIN_SAFE_INTEGER, [], {}, [[[]]], { list: [], nothing: {}, none: null },
      JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"":2}')
    ]
    const full = newJob(keyPrefix, { payload: { values, text: awkwardTexts.join('') }, attempts: 3, url: 'https://a.example/?q=%20#é' })
    const { room, ...bare } = newJob(keyPrefix, { event: 'userCreated', payload: {} })
    const expected = structuredClone([full, bare])
    const handled = await handle(queue)
    await add(queue, full, bare)
    await handled.count(2)
    assert.deepEqual(handled.jobs.toSorted((a, b) => Number(b.id === full.id) - Number(a.id === full.id)), expected)
  },

  async 'jobs that were added before there was a handler are handled' (create) {
    const { queue } = await create()
    const jobs = newJobs(queue.keyPrefix, 300)
    for (let first = 0; first < jobs.length; first += 100) await add(queue, ...jobs.slice(first, first + 100))
    const handled = await handle(queue)
    await handled.count(jobs.length)
    assert.deepEqual(handled.jobs.map(({ id }) => id).sort(), jobs.map(({ id }) => id).sort(), 'each of them once')
  },

  async 'no jobs at all can be added' (create) {
    const { queue } = await create()
    await assert.doesNotReject(add(queue))
  },

  async 'a job is added once, while the queue holds one with its id' (create) {
    const [queue, other] = await twoQueues(create)
    const job = newJob(queue.keyPrefix)
    const again = { ...job, payload: { text: 'another' } }
    assert.deepEqual(await add(queue, job, again), [])
    assert.deepEqual(await add(other, again), [])
    const { handler, open } = gate()
    const handled = await handle(queue, handler)
    await until('the job is being handled', () => handled.jobs.length > 0)
    assert.deepEqual(await add(other, again), [])
    open()
    await handled.count(1)
    assert.deepEqual(handled.jobs, [job], 'the first one is kept')
    await add(queue, again)
    await handled.count(2)
    assert.deepEqual(handled.jobs[1], again, 'a job that is done is forgotten')
  },

  async 'a lane holds a thousand jobs, and other lanes have their room' (create) {
    const [queue, other] = await twoQueues(create)
    const { keyPrefix } = queue
    const lane = 'full-lane'
    const jobs = newJobs(keyPrefix, mostOfLane + 5, { lane })
    const late = jobs.slice(mostOfLane).map(({ id }) => id)
    for (let first = 0; first < 800; first += 200) assert.deepEqual(await add(queue, ...jobs.slice(first, first + 200)), [])
    const beside = newJob(keyPrefix)
    assert.deepEqual(await add(other, ...jobs.slice(800), beside), late, 'those that were not kept, in the order of the jobs')
    assert.deepEqual(await add(queue, ...newJobs(keyPrefix, 1, { lane }), ...jobs.slice(0, 3)).then(({ length }) => length), 1,
      'jobs that the queue holds already need no room')
    let done = 0
    const put: Job[] = newJobs(keyPrefix, 1, { lane })
    const handled = await handle(queue, ({ lane: inLane }) => {
      if (inLane === lane) done++
      return 'done'
    })
    await handled.count(mostOfLane + 1)
    assert.equal(done, mostOfLane)
    await until('a job that is done makes room', async () => (await add(queue, ...put)).length === 0)
    await handled.count(mostOfLane + 2)
    for (let first = 0; first < 1000; first += 200) {
      await until('all of the room is free again', async () => (await add(queue, ...newJobs(keyPrefix, 200, { lane }))).length === 0)
    }
  },

  async 'nothing is added for a caller that gave up' (create) {
    const { queue } = await create()
    const job = newJob(queue.keyPrefix)
    // Whether the call fails is not asked: nobody waits for its answer.
    await Promise.allSettled([(async () => { await queue.add([job], givenUp) })()])
    const next = newJob(queue.keyPrefix)
    await queue.add([next], patient)
    const handled = await handle(queue)
    await handled.count(1)
    assert.equal(handled.jobs[0]?.id, next.id)
  }
}
