import { type Test, test } from 'tap'
import { engineFile } from '../../../lib/sandbox/engine.ts'
import { checkedOptions } from '../../../lib/sandbox/options.ts'
import type { Task } from '../../../lib/sandbox/protocol.ts'
import { ThreadPool, type ThreadPoolOptions } from '../../../lib/sandbox/thread-pool.ts'
import { until } from '../../support/until.ts'

/** Longer than a busy machine needs: no task is late that should not be. */
const ample = checkedOptions({ time: 10_000 })

/** A function of the engine that never ends takes its thread along soon. */
const short = checkedOptions({ time: 10 })

function poolFor (t: Test, options: Partial<ThreadPoolOptions> = {}): ThreadPool {
  const pool = new ThreadPool({ file: engineFile(), limits: ample, most: 2, ...options })
  t.teardown(() => pool.close())
  return pool
}

function taskOf (body: string): Task {
  return { script: `class Script { process_incoming_request () { ${body} } }`, method: 'process_incoming_request', argument: 'null', store: new Map() }
}

const quick = taskOf('return 1')
const deadly = taskOf('return new Array(1e9) + ""')

/** What came of a task: its result, the reason of its failure, or `none` when there was no thread. */
async function endOf (pool: ThreadPool, task: Task, isHarmful: boolean = false): Promise<string> {
  try {
    const { outcome, isThreadGone } = await pool.run(task, isHarmful)
    return `${outcome.failure ?? outcome.result}${isThreadGone ? ', gone' : ''}`
  } catch {
    return 'none'
  }
}

test('a thread starts when it is needed, is used again, and ends when nothing is left to run', { timeout: 60_000 }, async (t) => {
  const pool = poolFor(t, { idleTime: 200 })
  await pool.open()
  t.equal(pool.size, 0, 'nothing has started')
  t.strictSame(await Promise.all([endOf(pool, quick), endOf(pool, quick)]), ['1', '1'])
  t.equal(pool.size, 2)
  await until('the threads end', () => pool.size === 0)
  t.equal(await endOf(pool, quick), '1', 'another thread starts')
  t.equal(pool.size, 1)
})

test('a thread that is used does not end', { timeout: 60_000 }, async (t) => {
  const pool = poolFor(t, { idleTime: 300 })
  // A run that takes longer than a thread may be idle.
  t.equal(await endOf(pool, taskOf('const end = Date.now() + 600; while (Date.now() < end) {} return 2')), '2')
  t.equal(pool.size, 1)
})

test('closing ends idle threads, and a pool may be opened again', { timeout: 60_000 }, async (t) => {
  const pool = poolFor(t)
  t.equal(await endOf(pool, quick), '1')
  await pool.close()
  t.equal(pool.size, 0)
  t.equal(await endOf(pool, quick), 'none')
  await pool.open()
  t.equal(await endOf(pool, quick), '1')
})

test('threads that end again and again start in intervals, and tasks without a thread fail soon', { timeout: 120_000 }, async (t) => {
  const pool = poolFor(t, { limits: short, startInterval: 3_600_000, spareStarts: 2 })
  // Two at a time, and two more.
  for (let death = 0; death < 4; death++) t.equal(await endOf(pool, deadly), 'late, gone')
  t.equal(pool.size, 0)
  const begun = performance.now()
  for (let call = 0; call < 100; call++) t.equal(await endOf(pool, quick), 'none')
  t.ok(performance.now() - begun < 5000, 'soon')
})

test('a thread that ended is replaced when the interval is over', { timeout: 120_000 }, async (t) => {
  const pool = poolFor(t, { limits: short, startInterval: 1, spareStarts: 1 })
  for (let death = 0; death < 5; death++) t.equal(await endOf(pool, deadly), 'late, gone')
})

test('harmful tasks leave a thread and some starts to the others', { timeout: 120_000 }, async (t) => {
  const pool = poolFor(t, { limits: short, startInterval: 3_600_000, spareStarts: 3 })
  const alive = async (): Promise<void> => { await until('a quick task is not late', async () => await endOf(pool, quick) === '1') }
  await alive()
  for (let death = 0; death < 2; death++) t.equal(await endOf(pool, deadly, true), 'late, gone')
  t.equal(pool.size, 1, 'the thread of the quick task is there')
  t.equal(await endOf(pool, deadly, true), 'none', 'neither the last thread nor the last starts')
  await alive()
  t.equal(await endOf(pool, deadly), 'late, gone')
  await alive()
  t.equal(pool.size, 1, 'a start was left')
})

test('of one thread, harmful tasks have it as well', { timeout: 60_000 }, async (t) => {
  const pool = poolFor(t, { most: 1 })
  t.strictSame([await endOf(pool, quick), await endOf(pool, quick, true)], ['1', '1'])
  t.equal(pool.size, 1)
})
