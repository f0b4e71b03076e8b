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

function poolFor (t: Test, options: Partial<ThreadPoolOptions> = {}) {
  const told: unknown[] = []
  const pool = new ThreadPool({ file: engineFile(), limits: ample, most: 2, onChange: (cause) => { told.push(cause) }, ...options })
  t.teardown(() => pool.close())
  return {
    pool,
    /** What `onChange` was told. */
    told,
    /** Starts a thread, and waits for it. False when none may start. */
    async start (isHarmful: boolean = false): Promise<boolean> {
      const before = told.length
      if (!pool.grow(isHarmful)) return false
      await until('the thread is ready', () => told.length > before)
      return true
    }
  }
}

function taskOf (body: string): Task {
  return { script: `class Script { process_incoming_request () { ${body} } }`, method: 'process_incoming_request', argument: 'null', store: new Map() }
}

const quick = taskOf('return 1')
const deadly = taskOf('return new Array(1e9) + ""')

/** What came of a task: its result or the reason of its failure, and whether its thread is gone. */
async function endOf (pool: ThreadPool, task: Task): Promise<string> {
  const { outcome, isThreadGone } = await pool.run(task)
  return `${outcome.failure ?? outcome.result}${isThreadGone ? ', gone' : ''}`
}

test('threads start when the pool grows, are used again, and end when they run nothing', { timeout: 60_000 }, async (t) => {
  const { pool, told, start } = poolFor(t, { idleTime: 500 })
  await pool.open()
  t.strictSame([pool.size, pool.idle, pool.isQuiet], [0, 0, true])
  t.throws(() => pool.run(quick), { message: 'no worker is idle' })
  t.ok(pool.grow(false))
  t.strictSame([pool.size, pool.starting, pool.idle, pool.isQuiet], [1, 1, 0, false])
  await until('the thread is ready', () => told.length === 1)
  t.strictSame([pool.size, pool.starting, pool.idle, pool.isQuiet, told], [1, 0, 1, true, [undefined]])
  await start()
  t.notOk(pool.grow(false), 'two are enough')
  const ends = Promise.all([endOf(pool, quick), endOf(pool, quick)])
  t.strictSame([pool.size, pool.idle, pool.isQuiet], [2, 0, false])
  t.strictSame(await ends, ['1', '1'])
  t.equal(pool.idle, 2)
  t.equal(await endOf(pool, quick), '1')
  await until('the threads end', () => pool.size === 0)
  t.ok(await start(), 'another one may start')
  // A run that takes longer than a thread may be idle.
  t.equal(await endOf(pool, taskOf('const end = Date.now() + 1000; while (Date.now() < end) {} return 2')), '2')
  t.equal(pool.size, 1)
})

test('closing ends idle threads and those that start, and a pool may be opened again', { timeout: 60_000 }, async (t) => {
  const { pool, told, start } = poolFor(t)
  await start()
  t.ok(pool.grow(false))
  await pool.close()
  t.strictSame([pool.size - pool.starting, pool.idle, pool.grow(false)], [0, 0, false])
  await until('the other one was given up', () => told.length === 2)
  t.match(told[1], Error)
  t.equal(pool.size, 0)
  await pool.open()
  await start()
  t.equal(await endOf(pool, quick), '1')
})

test('an engine that does not compile is told, and tried again', { timeout: 60_000 }, async (t) => {
  const { pool, told, start } = poolFor(t, { file: new URL('file:///there/is/no/engine') })
  await start()
  await start()
  t.match(told, [{ code: 'ENOENT' }, { code: 'ENOENT' }])
  t.equal(pool.size, 0)
})

test('threads that end again and again are replaced in intervals', { timeout: 120_000 }, async (t) => {
  const { pool, start } = poolFor(t, { limits: short, startInterval: 3_600_000 })
  // Two at a time, and eight more.
  for (let death = 0; death < 10; death++) {
    t.ok(await start())
    t.equal(await endOf(pool, deadly), 'late, gone')
  }
  t.notOk(await start())
  t.strictSame([pool.size, pool.isQuiet], [0, true])
})

test('a thread may start when the interval is over', { timeout: 120_000 }, async (t) => {
  const { pool, start } = poolFor(t, { limits: short, startInterval: 1 })
  for (let death = 0; death < 12; death++) {
    t.ok(await start())
    t.equal(await endOf(pool, deadly), 'late, gone')
  }
})

test('harmful tasks leave a thread and some starts to the others', { timeout: 120_000 }, async (t) => {
  const { pool, start } = poolFor(t, { limits: short, startInterval: 3_600_000 })
  await start()
  t.notOk(pool.leavesOne)
  for (let death = 0; death < 7; death++) {
    t.ok(await start(true))
    t.ok(pool.leavesOne)
    t.equal(await endOf(pool, deadly), 'late, gone')
  }
  t.notOk(await start(true), 'two starts are left')
  t.ok(await start())
  const running = endOf(pool, deadly)
  t.ok(pool.leavesOne, 'the other one runs and comes back')
  t.equal(await running, 'late, gone')
})

test('of one thread, harmful tasks have it as well', { timeout: 60_000 }, async (t) => {
  const { pool, start } = poolFor(t, { most: 1 })
  await start()
  t.ok(pool.leavesOne)
})
