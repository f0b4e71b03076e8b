import assert from 'node:assert/strict'
import type { Sandbox, ScriptFailure } from '../../ports/sandbox.ts'
import { answerTo } from '../answer-to.ts'
import type { Cases } from '../contract.ts'
import { givenUp } from '../samples.ts'
import { fails, incoming, patientCall, resultOf, runFails, runOf } from './runs.ts'

/** A word of the script that must not be told. */
const secret = 'hunter2'

/** Scripts that fail, each with its reason. */
const failing: ReadonlyArray<readonly [script: string, reason: ScriptFailure]> = [
  ['class Script { process_incoming_request () { return 1 }', 'syntax'],
  ['let a =', 'syntax'],
  ["import { a } from 'b'", 'syntax'],
  ['1', 'no-class'],
  ['class script {}', 'no-class'],
  ['const Script = { process_incoming_request () {} }', 'no-class'],
  ['const Script = () => 1', 'no-class'],
  ['throw new Error("no")', 'threw'],
  ['class Script { constructor () { throw new Error("no") } }', 'threw'],
  [incoming('throw new Error("no")'), 'threw'],
  [incoming('throw null'), 'threw'],
  [incoming('return Promise.reject(new Error("no"))'), 'threw'],
  [incoming('return unknownName'), 'threw'],
  [incoming('return JSON.parse("{")'), 'threw'],
  [incoming('const again = () => again() + 1; return again()'), 'threw'],
  [incoming('return new Promise(() => {})'), 'pending'],
  [incoming('return { then () {} }'), 'pending'],
  [incoming('return () => 1'), 'result'],
  [incoming('return 10n'), 'result'],
  [incoming('const a = {}; a.a = a; return a'), 'result']
]

/** A script that fails tells why, and nothing else. */
export const failureCases: Cases<Sandbox> = {
  async 'each failure has its reason' (create) {
    const sandbox = await create()
    for (const [script, reason] of failing) await runFails(sandbox, runOf(script), reason)
  },

  async 'the error of the script is told with its place, and without the source' (create) {
    const sandbox = await create()
    const { thrown, console } = await runFails(sandbox, runOf(incoming(`console.log('before')\n    const ${secret} = null; ${secret}.a`)), 'threw')
    assert.equal(thrown?.name, 'TypeError')
    assert.ok(thrown.message.length > 0, 'there is a message')
    assert.match(thrown.stack ?? '', /:4:\d+/, 'the stack names the line')
    assert.ok(!JSON.stringify(thrown).includes(secret), 'no source is told')
    assert.deepEqual(console, [{ level: 'log', text: 'before' }])
  },

  async 'a syntax error is told with its place, and without the source' (create) {
    const sandbox = await create()
    const { thrown } = await runFails(sandbox, runOf(`class Script {}\nconst ${secret} = 1 2`), 'syntax')
    assert.equal(thrown?.name, 'SyntaxError')
    assert.match(thrown.stack ?? '', /:2:\d+/, 'the stack names the line')
    assert.ok(!JSON.stringify(thrown).includes(secret), 'no source is told')
  },

  async 'a run that fails changes nothing in Store' (create) {
    const sandbox = await create()
    const store = new Map<string, unknown>([['a', 1]])
    await runFails(sandbox, runOf(incoming('Store.set("a", 2); Store.set("b", 3); throw new Error("no")'), { store }), 'threw')
    assert.deepEqual([...store], [['a', 1]])
  },

  async 'a run whose call was given up writes nothing to Store' (create) {
    const sandbox = await create()
    const store = new Map<string, unknown>()
    const run = runOf(incoming('Store.set("a", 2)'), { store })
    await Promise.resolve(sandbox.run(run, givenUp)).catch(() => {})
    assert.deepEqual([...store], [])
  },

  async 'a script that never ends is late, and the next one runs' (create) {
    const sandbox = await create()
    await runFails(sandbox, runOf(incoming('for (;;) {}')), 'late')
    assert.equal(await resultOf(sandbox, 'return 1'), 1)
  },

  async 'a script that takes too much memory fails, and the next one runs' (create) {
    const sandbox = await create()
    await runFails(sandbox, runOf(incoming('const all = []; for (;;) all.push("x".repeat(1e6) + all.length)')), 'memory')
    assert.equal(await resultOf(sandbox, 'return 1'), 1)
  },

  async 'load tells whether a script can be loaded' (create) {
    const sandbox = await create()
    const load = async (script: string): Promise<void> => await sandbox.load(script, patientCall())
    for (const script of ['class Script { constructor () { throw new Error("no instance is made") } }', 'const table = []; table.push(1); undeclared = 1; class Script {}']) {
      await answerTo(`load of ${JSON.stringify(script)}`, () => load(script))
    }
    for (const [script, reason] of failing.filter(([, reason]) => reason === 'syntax' || reason === 'no-class')) {
      await fails(`load of ${JSON.stringify(script)}`, () => load(script), reason)
    }
    await fails('load of a script that throws', () => load('throw new Error("no")'), 'threw')
  }
}
