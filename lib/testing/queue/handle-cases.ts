import assert from 'node:assert/strict'
import type { Job, JobOutcome, QueuedJob } from '../../ports/queue.ts'
import { patient } from '../samples.ts'
import { until } from '../until.ts'
import { add, gate, handle, moment, type QueueCases, twoQueues } from './queue-under-test.ts'
import { newJob, newJobs } from './samples.ts'

/** Milliseconds by which a clock may be wrong. */
const tolerance = 50

/** Jobs are handled until they are done. */
export const handleCases: QueueCases = {
  async 'a job comes again after the time that the handler wants, unchanged' (create) {
    const { queue } = await create()
    const [late, soon] = [newJob(queue.keyPrefix), newJob(queue.keyPrefix)]
    const times = new Map<string, number[]>()
    const handled = await handle(queue, ({ id }) => {
      const ofJob = times.get(id) ?? []
      times.set(id, [...ofJob, performance.now()])
      if (ofJob.length === 0) return { retryIn: id === late.id ? 1500 : 500 }
      return ofJob.length === 1 ? { retryIn: 0 } : 'done'
    })
    await add(queue, late, soon)
    await handled.count(6)
    assert.deepEqual(handled.jobs.filter(({ id }) => id === late.id), [late, late, late])
    assert.deepEqual(handled.jobs.map(({ id }) => id === late.id).slice(2), [false, false, true, true], 'the one that is due first comes first')
    for (const [id, [first = 0, second = 0]] of times) {
      const wanted = id === late.id ? 1500 : 500
      assert.ok(second - first >= wanted - tolerance, `it came after ${second - first} ms, not ${wanted}`)
    }
  },

  async 'a job comes again as the handler has changed it' (create) {
    const [queue, other] = await twoQueues(create)
    const job = newJob(queue.keyPrefix)
    const changed: Job = { ...job, attempts: 1, payload: { text: 'naïve 日本語', list: [] } }
    const outcomes: JobOutcome[] = [{ retryIn: 300, job: changed }, { retryIn: 300 }]
    const handled = await handle(queue, () => outcomes.shift() ?? 'done')
    await add(queue, job)
    await until('the job was changed', () => handled.jobs.length > 0)
    assert.deepEqual(await add(other, job), [], 'the queue still holds the job')
    await handled.count(3)
    assert.deepEqual(handled.jobs, [job, changed, changed])
  },

  async 'a job of a later version is handed out, and goes back unchanged' (create) {
    const { queue } = await create()
    const later: Job = JSON.parse(JSON.stringify({ v: 2, keyPrefix: queue.keyPrefix, id: 'msg_later', lane: 'later', event: 'roomRenamed', novelty: [{ deep: null }] }))
    let count = 0
    const handled = await handle(queue, () => count++ === 0 ? { retryIn: 100 } : 'done')
    await add(queue, later)
    await handled.count(2)
    assert.deepEqual(handled.jobs, [later, later])
  },

  async 'a job whose handler fails comes again after a pause' (create) {
    const { queue } = await create()
    const jobs = newJobs(queue.keyPrefix, 2)
    const [throws] = jobs
    const times = new Map<string, number[]>()
    const handled = await handle(queue, ({ id }) => {
      const ofJob = times.get(id) ?? []
      times.set(id, [...ofJob, performance.now()])
      if (ofJob.length > 0) return 'done'
      if (id === throws?.id) throw new Error('The handler fails.')
      return Promise.reject(new Error('The handler fails later.'))
    })
    await add(queue, ...jobs)
    await handled.count(4)
    for (const [first = 0, second = 0] of times.values()) {
      assert.ok(second - first >= 500, `it came again after ${second - first} ms`)
      assert.ok(second - first < 8000, `it came again after ${second - first} ms`)
    }
    for (const job of jobs) assert.deepEqual(handled.jobs.filter(({ id }) => id === job.id), [job, job])
  },

  async 'several jobs are handled at a time' (create) {
    const { queue } = await create()
    const { handler, open } = gate()
    const handled = await handle(queue, handler)
    await add(queue, ...newJobs(queue.keyPrefix, 5))
    await until('all of them are being handled', () => handled.jobs.length === 5)
    open()
    await handled.count(5)
  },

  async 'no job is handed out twice at a time' (create) {
    const { queue, reopen } = await create()
    const instances = reopen === undefined ? [queue] : [queue, await reopen()]
    const running = new Map<string, number>()
    let twice = 0
    let total = 0
    const count = new Map<string, number>()
    const handler = async ({ id }: QueuedJob): Promise<'done' | { retryIn: number }> => {
      total++
      const times = (count.get(id) ?? 0) + 1
      count.set(id, times)
      if ((running.get(id) ?? 0) > 0) twice++
      running.set(id, (running.get(id) ?? 0) + 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      running.set(id, (running.get(id) ?? 0) - 1)
      return times < 3 ? { retryIn: times === 1 ? 0 : 50 } : 'done'
    }
    for (const instance of instances) await instance.process(handler, patient)
    for (let turn = 0; turn < 5; turn++) await add(queue, ...newJobs(queue.keyPrefix, 40))
    await until('each job came three times', () => total >= 600)
    await moment()
    assert.equal(twice, 0)
    assert.equal(total, 600)
  },

  async 'instances share the jobs' (create) {
    const { queue, reopen } = await create()
    if (reopen === undefined) return
    const other = await reopen()
    const gates = [gate(), gate()]
    const shares = await Promise.all([queue, other].map((instance, index) => handle(instance, gates[index]?.handler)))
    const jobs = newJobs(queue.keyPrefix, 200)
    await add(other, ...jobs)
    await until('both have some', () => shares.every((share) => share.jobs.length > 0))
    for (const { open } of gates) open()
    await until('all are handled', () => shares.reduce((sum, share) => sum + share.jobs.length, 0) >= jobs.length)
    await moment()
    const ids = shares.flatMap((share) => share.jobs.map(({ id }) => id))
    assert.deepEqual(ids.sort(), jobs.map(({ id }) => id).sort(), 'each of them once')
  },

  async 'a queue handles no jobs of another workspace' (create) {
    const { queue, otherWorkspace } = await create()
    if (otherWorkspace === undefined) return
    const other = await otherWorkspace()
    assert.notEqual(other.keyPrefix, queue.keyPrefix)
    const id = 'msg_same'
    const handled = await handle(queue)
    await add(other, ...newJobs(other.keyPrefix, 5), newJob(other.keyPrefix, { id }))
    await add(queue, newJob(queue.keyPrefix, { id }))
    await handled.count(1)
    assert.equal(handled.jobs[0]?.keyPrefix, queue.keyPrefix)
    await (await handle(other)).count(6)
  },

  async 'a queue has one handler' (create) {
    const { queue } = await create()
    await handle(queue)
    await assert.rejects(async () => { await queue.process(() => 'done', patient) })
  }
}
