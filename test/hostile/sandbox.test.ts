import fc from 'fast-check'
import { type Test, test } from 'tap'
import { ScriptFailedError } from '../../lib/errors/refusals.ts'
import type { ScriptRun } from '../../lib/ports/sandbox.ts'
import { ScriptSandbox } from '../../lib/scripts.ts'
import { often, soaking } from '../support/soak.ts'
import { watchProcess } from '../support/watch-process.ts'
import { type Attack, attacks, programs, randomBody, randomText } from './support/hostile-scripts.ts'

/** So long a busy machine may leave the event loop alone, in milliseconds. */
const patience = 2000

/** Bytes by which the process may grow. With engines that count memory wrongly, it took gigabytes. */
const room = 500e6

/** Short, so that the tests are quick; in the long form as servers have it. */
const time = often(20, 200)

let count = 0

function runOf (script: string): ScriptRun {
  return { integrationId: `id${count++}`, script, method: 'process_incoming_request', argument: { request: { content: { a: 1 }, content_raw: '{"a":1}' } }, store: new Map() }
}

function methodOf (body: string): string {
  return `class Script { process_incoming_request ({ request }) { ${body}\n } }`
}

interface Ended {
  readonly end: string
  readonly result?: unknown
  /** The characters that come out of the sandbox. */
  readonly size: number
}

async function endOf (sandbox: ScriptSandbox, run: ScriptRun): Promise<Ended> {
  const sizeOf = (value: unknown): number => JSON.stringify([value, [...run.store]]).length
  try {
    const outcome = await sandbox.run(run, { signal: new AbortController().signal })
    return { end: 'ok', result: outcome.result, size: sizeOf(outcome) }
  } catch (error) {
    if (!(error instanceof ScriptFailedError)) throw error
    return { end: error.reason, size: sizeOf([error.thrown, error.console]) }
  }
}

/** Watches the process until `end`. */
function watch (t: Test): { end (): void } {
  const watched = watchProcess(t)
  return {
    end () {
      const { held, grown } = watched.end()
      t.comment(`event loop held ${Math.round(held)} ms; grown by ${Math.round(grown / 1e6)} MB`)
      t.ok(held < patience, `event loop held for ${Math.round(held)} ms`)
      t.ok(grown < room, `grown by ${Math.round(grown / 1e6)} MB`)
    }
  }
}

/** What comes out at most: the result, the console, the error and Store, with the characters that JSON adds. */
const largest = 6 * (256 + 8 + 64 + 16) * 1024

const untouched = '{"content":{"a":1},"content_raw":"{\\"a\\":1}"}'

/** The result of a script that does no harm. On a busy machine it may need more than one turn. */
async function harmless (sandbox: ScriptSandbox): Promise<unknown> {
  for (let turn = 0; turn < 20; turn++) {
    const { end, result } = await endOf(sandbox, runOf(methodOf('return JSON.stringify(request)')))
    if (end !== 'late') return result ?? end
  }
  return 'late'
}

async function withstands (t: Test, list: readonly Attack[], scriptOf: (code: string) => string): Promise<void> {
  const sandbox = new ScriptSandbox({ time })
  t.teardown(() => sandbox.close())
  const watched = watch(t)
  for (const [code, ...ends] of list) {
    const { end, size } = await endOf(sandbox, runOf(scriptOf(code)))
    if (end !== 'late' && !ends.includes(end)) t.fail(`${code.slice(0, 200)}: ${end}, not ${ends.join(' or ')}`)
    if (size > largest) t.fail(`${code.slice(0, 200)}: ${size} characters come out`)
    const result = await harmless(sandbox)
    if (result !== untouched) t.fail(`after ${code.slice(0, 200)}: ${String(result)}`)
  }
  t.pass(`${list.length} attacks`)
  watched.end()
}

test('no method takes the process along', { timeout: 600_000 }, async (t) => {
  await withstands(t, attacks, methodOf)
})

test('no script takes the process along when it is loaded', { timeout: 600_000 }, async (t) => {
  await withstands(t, programs, (code) => code)
})

test('attacks side by side do not meet', { timeout: 600_000 }, async (t) => {
  const sandbox = new ScriptSandbox({ time, waiting: 1000 })
  t.teardown(() => sandbox.close())
  const watched = watch(t)
  const some = soaking ? attacks : attacks.filter((_, number) => number % 24 === 0)
  const ends = await Promise.all(some.flatMap(([code, ...allowed]) => [
    endOf(sandbox, runOf(methodOf(code))).then(({ end }) => end === 'late' || allowed.includes(end) || `${code}: ${end}`),
    harmless(sandbox).then((result) => result === untouched || `after ${code}: ${String(result)}`)
  ]))
  t.strictSame(ends.filter((end) => end !== true), [])
  watched.end()
})

test('a result of a script that meddles is that of the script', { timeout: 60_000 }, async (t) => {
  const sandbox = new ScriptSandbox()
  t.teardown(() => sandbox.close())
  const meddlers = attacks.filter(([code, ...ends]) => code.includes('return 1') && ends[0] === 'ok')
  t.ok(meddlers.length > 5)
  for (const [code] of meddlers) {
    const { end, result } = await endOf(sandbox, runOf(methodOf(code)))
    if (end === 'ok') t.ok(result === 1, code)
  }
})

test('random code ends', { timeout: 1_200_000 }, async (t) => {
  const sandbox = new ScriptSandbox({ time })
  t.teardown(() => sandbox.close())
  const watched = watch(t)
  const counts: Record<string, number> = {}
  const ends = async (script: string): Promise<boolean> => {
    const { end, size } = await endOf(sandbox, runOf(script))
    counts[end] = (counts[end] ?? 0) + 1
    return size <= largest && end !== 'busy'
  }
  await fc.assert(fc.asyncProperty(randomBody, async (body) => await ends(methodOf(body))), { numRuns: often(80, 20_000), seed: 1, endOnFailure: true })
  await fc.assert(fc.asyncProperty(randomText, ends), { numRuns: often(80, 20_000), seed: 1, endOnFailure: true })
  t.comment(JSON.stringify(counts))
  for (const end of ['ok', 'syntax']) t.ok(end in counts, end)
  t.equal(await harmless(sandbox), untouched)
  watched.end()
})
