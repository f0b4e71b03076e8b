import assert from 'node:assert/strict'
import { givenUp, patient } from '../samples.ts'
import { inTime, until } from '../until.ts'
import { add, gate, handle, moment, type QueueCases } from './queue-under-test.ts'
import { newJob, newJobs } from './samples.ts'

/** A queue ends with the server, and its jobs do not. */
export const endCases: QueueCases = {
  async 'a paused queue hands out no job, and takes some in' (create) {
    const { queue } = await create()
    if (queue.pause === undefined) return
    const { handler, open } = gate()
    const handled = await handle(queue, handler)
    await add(queue, newJob(queue.keyPrefix))
    await until('a job is being handled', () => handled.jobs.length === 1)
    await inTime('pause does not wait', Promise.resolve(queue.pause(patient)))
    assert.deepEqual(await add(queue, ...newJobs(queue.keyPrefix, 3)), [])
    await moment()
    open({ retryIn: 0 })
    await handled.count(1)
  },

  async 'close waits for the jobs that are being handled, and hands out no other' (create) {
    const { queue } = await create()
    const { handler, open } = gate()
    const handled = await handle(queue, handler)
    await add(queue, newJob(queue.keyPrefix))
    await until('a job is being handled', () => handled.jobs.length === 1)
    let isClosed = false
    const closed = Promise.resolve(queue.close(patient)).then(() => { isClosed = true })
    await moment()
    assert.equal(isClosed, false, 'a job is still being handled')
    open()
    await inTime('the queue is closed', closed)
    await handled.count(1)
  },

  async 'close does not wait for longer than its caller, and tells the handler' (create) {
    const { queue } = await create()
    let aborted = 0
    const handled = await handle(queue, (_, { signal }) => new Promise((resolve) => {
      assert.equal(signal.aborted, false)
      signal.addEventListener('abort', () => {
        aborted++
        resolve({ retryIn: 0 })
      })
    }))
    await add(queue, ...newJobs(queue.keyPrefix, 3))
    await until('the jobs are being handled', () => handled.jobs.length === 3)
    const controller = new AbortController()
    const closed = Promise.resolve(queue.close(controller))
    await moment()
    assert.equal(aborted, 0, 'the caller still waits')
    controller.abort()
    await inTime('the queue is closed', closed)
    assert.equal(aborted, 3)
  },

  async 'close does not wait for a handler that hangs' (create) {
    const { queue } = await create()
    const handled = await handle(queue, () => new Promise(() => {}))
    await add(queue, newJob(queue.keyPrefix))
    await until('the job is being handled', () => handled.jobs.length === 1)
    await inTime('the queue is closed', Promise.resolve(queue.close(givenUp)))
  },

  async 'a queue that was never used can be closed, and twice' (create) {
    const { queue } = await create()
    for (const time of ['first', 'second']) await assert.doesNotReject(async () => { await queue.close(patient) }, `the ${time} time`)
  },

  async 'a closed queue takes no jobs in' (create) {
    const { queue } = await create()
    const job = newJob(queue.keyPrefix)
    await add(queue, job)
    await queue.close(patient)
    await assert.rejects(async () => { await add(queue, newJob(queue.keyPrefix)) })
  },

  async 'the jobs that were not handled are there when the queue is started again' (create) {
    const { queue } = await create()
    const { handler, open } = gate()
    const jobs = newJobs(queue.keyPrefix, 500)
    const handled = await handle(queue, handler)
    for (let first = 0; first < jobs.length; first += 100) await add(queue, ...jobs.slice(first, first + 100))
    await until('some are being handled', () => handled.jobs.length > 0)
    const closed = queue.close(patient)
    open()
    await inTime('the queue is closed', Promise.resolve(closed))
    const first = handled.jobs.map(({ id }) => id)
    assert.ok(first.length < jobs.length, 'the others were left')
    await queue.start?.(patient)
    const rest = await handle(queue)
    await rest.count(jobs.length - first.length)
    assert.deepEqual([...first, ...rest.jobs.map(({ id }) => id)].sort(), jobs.map(({ id }) => id).sort(), 'each of them once')
  },

  async 'a persistent queue keeps its jobs for another instance' (create) {
    const { queue, reopen } = await create()
    if (reopen === undefined) {
      assert.equal(queue.persistent, false, 'a persistent queue can be opened again')
      return
    }
    const jobs = newJobs(queue.keyPrefix, 3)
    await add(queue, ...jobs)
    await queue.close(patient)
    const handled = await handle(await reopen())
    await handled.count(3)
  }
}
