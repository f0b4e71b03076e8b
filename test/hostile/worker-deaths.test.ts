import { test } from 'tap'
import { ScriptFailedError } from '../../lib/errors/refusals.ts'
import { engineFile } from '../../lib/sandbox/engine.ts'
import { checkedOptions } from '../../lib/sandbox/options.ts'
import { ThreadPool } from '../../lib/sandbox/thread-pool.ts'
import { ScriptSandbox } from '../../lib/scripts.ts'
import { often } from '../support/soak.ts'
import { until } from '../support/until.ts'

/** A function of the engine that nothing interrupts: its worker ends with it. */
const script = 'class Script { process_incoming_request () { return new Array(1e9) + "" } }'

const method = 'process_incoming_request'

/** Bytes by which the process may grow from the first deaths to the last. */
const room = 40e6

test('a storm of deaths is none: workers are replaced in intervals, and the other calls fail soon', { timeout: 120_000 }, async (t) => {
  const sandbox = new ScriptSandbox({ time: 10, waiting: 1000 })
  t.teardown(() => sandbox.close())
  const begun = performance.now()
  const ends: Record<string, number> = {}
  await Promise.all(Array.from({ length: 500 }, async (_, number) => {
    try {
      await sandbox.run({ integrationId: `id${number}`, script, method, argument: null, store: new Map() }, { signal: new AbortController().signal })
    } catch (error) {
      if (!(error instanceof ScriptFailedError)) throw error
      ends[error.reason] = (ends[error.reason] ?? 0) + 1
    }
  }))
  const seconds = (performance.now() - begun) / 1000
  t.comment(`${JSON.stringify(ends)} in ${seconds.toFixed(1)} s`)
  const { late = 0, busy = 0 } = ends
  t.equal(late + busy, 500)
  // Two workers, eight more starts, and then one a second.
  t.ok(late >= 10 && late <= 11 + seconds, `${late} deaths`)
})

test('deaths leave nothing behind', { timeout: 900_000 }, async (t) => {
  const pool = new ThreadPool({ file: engineFile(), limits: checkedOptions({ time: 10 }), most: 2, startInterval: 1 })
  t.teardown(() => pool.close())
  const resources = (): number => process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length
  const deaths = often(8, 500)
  const [resourcesBefore, rss]: [number, number[]] = [resources(), []]
  for (let death = 0; death < deaths; death++) {
    const { outcome, isThreadGone } = await pool.run({ script, method, argument: 'null', store: new Map() }, false)
    if (outcome.failure !== 'late' || !isThreadGone) t.fail(`death ${death}: ${outcome.failure}`)
    rss.push(process.memoryUsage.rss())
  }
  t.equal(pool.size, 0)
  await until('everything of the threads is gone', () => resources() <= resourcesBefore)
  const grown = Math.min(...rss.slice(-3)) - Math.max(...rss.slice(0, 3))
  t.comment(`${deaths} deaths; grown by ${(grown / 1e6).toFixed(1)} MB`)
  t.ok(grown < room, `grown by ${(grown / 1e6).toFixed(1)} MB`)
})
