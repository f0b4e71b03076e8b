import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { TimeBudget } from '../../../lib/guard/time-budget.ts'
import { type Enqueue, JobWriter } from '../../../lib/outgoing/job-writer.ts'
import type { Job } from '../../../lib/ports/queue.ts'
import { ample } from '../../support/calls.ts'

function jobs (count: number): Job[] {
  return Array.from({ length: count }, (_, index) => ({
    v: 1,
    lane: 'x',
    keyPrefix: 'w',
    id: `msg_${index}`,
    integrationId: 'a',
    url: 'https://receiver.example/',
    event: 'userCreated',
    user: { _id: 'u', username: 'alice' },
    payload: {},
    createdAt: '2024-05-06T07:08:09.010Z',
    attempts: 0
  }))
}

/** A writer, and what it has told. */
function writerOf (enqueue: Enqueue) {
  const told: unknown[] = []
  const dropped: Job[] = []
  const writer = new JobWriter({
    enqueue,
    onOutage: (error) => { told.push(error) },
    onRecovery: (count) => { told.push(count) },
    onDropped: (jobs) => { dropped.push(...jobs) }
  })
  return { writer, told, dropped }
}

test('hands jobs to the queue, which may answer at once or later', async (t) => {
  const added: Job[] = []
  let isLater = false
  const { writer, told, dropped } = writerOf((jobs, { signal }) => {
    t.notOk(signal.aborted)
    added.push(...jobs)
    return isLater ? sleep(5).then(() => {}) : undefined
  })
  t.equal(await writer.add(jobs(2), new TimeBudget(ample)), 0)
  isLater = true
  t.equal(await writer.add(jobs(3), new TimeBudget(ample)), 0)
  t.equal(added.length, 5)
  t.strictSame([told, dropped], [[], []])
})

test('what the queue does not keep is dropped, and an outage is told once', async (t) => {
  const failure = new Error('full')
  let isFull = true
  const { writer, told, dropped } = writerOf((jobs) => {
    if (isFull && jobs.length > 1) throw failure
    return isFull ? Promise.reject(failure) : undefined
  })
  t.equal(await writer.add(jobs(1), new TimeBudget(ample)), 1)
  t.equal(await writer.add(jobs(2), new TimeBudget(ample)), 2)
  writer.drop(() => new Error('another reason'), 1)
  isFull = false
  t.equal(await writer.add(jobs(1), new TimeBudget(ample)), 0)
  t.strictSame(told, [failure], 'it is not over yet')
  t.equal(dropped.length, 3)
})

test('a queue that is late', async (t) => {
  let isAborted = false
  const { writer, told } = writerOf((_jobs, { signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      isAborted = true
      reject(new Error('given up'))
    })
  }))
  const budget = new TimeBudget({ milliseconds: 20, option: 'one second' })
  t.equal(await writer.add(jobs(4), budget), 4)
  t.ok(isAborted, 'the queue is told')
  t.equal(await writer.add(jobs(2), budget), 2, 'nothing is left of the time')
  t.match(told, [{ message: /given up|one second/ }])
  t.equal(told.length, 1)
})

test('a queue that never answers takes no memory', async (t) => {
  const answers: Array<() => void> = []
  const { writer, told } = writerOf(() => new Promise((resolve) => { answers.push(resolve) }))
  const short = (): TimeBudget => new TimeBudget({ milliseconds: 5, option: 'one second' })
  for (let batch = 0; batch < 20; batch++) t.equal(await writer.add(jobs(500), short()), 500)
  t.equal(answers.length, 20)
  t.equal(await writer.add(jobs(1), new TimeBudget(ample)), 1)
  t.equal(answers.length, 20, 'the queue is not asked')
  for (const answer of answers) answer()
  await sleep(1)
  const last = writer.add(jobs(1), new TimeBudget(ample))
  t.equal(answers.length, 21)
  answers[20]?.()
  t.equal(await last, 0, 'there is room again')
  t.equal(told.length, 1)
})

test('after the end everything is dropped', async (t) => {
  const { writer, told, dropped } = writerOf(() => { t.fail('the queue is not asked') })
  writer.close()
  t.equal(await writer.add(jobs(2), new TimeBudget(ample)), 2)
  t.match(told, [{ message: 'the server is closing' }])
  t.equal(dropped.length, 2)
})
