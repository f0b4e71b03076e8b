import { test } from 'tap'
import { ScriptFailedError } from '../../../lib/errors/refusals.ts'
import type { PortCall } from '../../../lib/ports/call.ts'
import type { Sandbox, ScriptFailure, ScriptResult, ScriptRun } from '../../../lib/ports/sandbox.ts'
import { ScriptSandbox } from '../../../lib/scripts.ts'
import { sandboxContract } from '../../../lib/testing.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'

const sandbox = new ScriptSandbox()

/** A sandbox with a mistake: it changes a run before, or a result or a failure afterwards. */
interface Change {
  readonly run?: (run: ScriptRun) => ScriptRun
  readonly result?: (result: ScriptResult, run: ScriptRun) => ScriptResult
  readonly failure?: (failure: ScriptFailedError, run: ScriptRun) => unknown
  readonly call?: PortCall
  readonly load?: (script: string) => Promise<void>
}

function changed ({ run: before = (run) => run, result = (result) => result, failure = (failure) => failure, call: other, load }: Change): () => Sandbox {
  return () => ({
    async run (run, call) {
      try {
        return result(await sandbox.run(before(run), other ?? call), run)
      } catch (error) {
        if (!(error instanceof ScriptFailedError)) throw error
        const answer = failure(error, run)
        if (answer instanceof Error) throw answer
        return { result: answer, hasMethod: true, console: [] }
      }
    },
    load: async (script, call) => await (load === undefined ? sandbox.load(script, call) : load(script)),
    close () {}
  })
}

/** A sandbox that runs more code in front of each script. */
function beginning (code: string): () => Sandbox {
  return changed({ run: (run) => ({ ...run, script: `${code};${run.script}` }) })
}

/** A sandbox that tells another reason. */
function telling (reason: ScriptFailure, instead: ScriptFailure): () => Sandbox {
  return changed({ failure: (failure) => (failure.reason === reason ? new ScriptFailedError(instead, { console: failure.console }) : failure) })
}

let kept = 0

const mistakes: ReadonlyArray<Mistake<Sandbox>> = [
  ['undefined becomes null', changed({ result: (result) => ({ ...result, result: result.result ?? null }) }), 'run: the result of the method comes back as JSON data'],
  ['s is missing', beginning('delete globalThis.s'), 'run: the result of the method comes back as JSON data'],
  ['the time zone is that of the server', beginning('Date.prototype.getHours = () => 1'), 'run: the result of the method comes back as JSON data'],
  ['texts are trimmed', changed({ result: (result) => ({ ...result, result: JSON.parse((JSON.stringify(result.result) ?? 'null').replaceAll('\\u0000', '')) }) }), 'run: texts arrive and return unchanged'],
  ['always the same method', changed({ run: (run) => ({ ...run, method: 'process_incoming_request' }) }), 'run: the method that is named runs'],
  ['no word of a missing method', changed({ result: (result) => ({ ...result, hasMethod: true }) }), 'run: a script without the method says so'],
  ['only classes', changed({ run: (run) => ({ ...run, script: run.script.replace(/^function/, 'let') }) }), 'run: a class may be defined in every form'],
  ['a global is kept', changed({ run: (run) => ({ ...run, script: `globalThis.count = ${kept++};${run.script}` }) }), 'run: nothing is kept between runs'],
  ['Store is another map', changed({ run: (run) => ({ ...run, store: new Map(run.store) }) }), 'run: Store keeps JSON data in the map of the run'],
  ['Store is empty', changed({ run: (run) => ({ ...run, store: new Map() }) }), 'run: Store keeps JSON data in the map of the run'],
  ['the console is lost', changed({ result: (result) => ({ ...result, console: [] }) }), 'run: console keeps lines in their order'],
  ['there is a process', beginning('globalThis.process = {}'), 'run: what a script cannot have is not defined'],
  ['results are exchanged', exchanging(), 'run: runs side by side do not meet'],
  ['a syntax error is an error', telling('syntax', 'threw'), 'failure: each failure has its reason'],
  ['a pending promise is a result', changed({ failure: (failure) => (failure.reason === 'pending' ? null : failure) }), 'failure: each failure has its reason'],
  ['another kind of error', changed({ failure: () => new Error('no') }), 'failure: each failure has its reason'],
  ['the source is told', changed({ failure: (failure, run) => new ScriptFailedError(failure.reason, { console: failure.console, thrown: { name: 'TypeError', message: run.script, stack: ':4:1' } }) }), 'failure: the error of the script is told with its place, and without the source'],
  ['the place is not told', changed({ failure: (failure) => new ScriptFailedError(failure.reason, { console: failure.console, thrown: { name: 'TypeError', message: 'no' } }) }), 'failure: the error of the script is told with its place, and without the source'],
  ['the lines before the error are lost', changed({ failure: ({ reason, thrown }) => new ScriptFailedError(reason, thrown && { thrown }) }), 'failure: the error of the script is told with its place, and without the source'],
  ['the place of a syntax error is not told', changed({ failure: ({ reason }) => new ScriptFailedError(reason, { thrown: { name: 'SyntaxError', message: 'no' } }) }), 'failure: a syntax error is told with its place, and without the source'],
  ['values of a failed run are kept', changed({ failure: (failure, run) => { run.store.set('b', 3); return failure } }), 'failure: a run that fails changes nothing in Store'],
  ['the signal is not looked at', changed({ call: { signal: new AbortController().signal } }), 'failure: a run whose call was given up writes nothing to Store'],
  ['late is busy', telling('late', 'busy'), 'failure: a script that never ends is late, and the next one runs'],
  ['too much memory is an error', telling('memory', 'threw'), 'failure: a script that takes too much memory fails, and the next one runs'],
  ['load accepts everything', changed({ load: async () => {} }), 'failure: load tells whether a script can be loaded'],
  ['load makes an instance', changed({ load: async (script) => { await sandbox.load(`${script}; new Script()`, { signal: new AbortController().signal }) } }), 'failure: load tells whether a script can be loaded'],
  ['the process is in reach', changed({ result: (result) => ({ ...result, result: 'out: object' }) }), 'boundary: no known way leads out'],
  ['modules are imported', changed({ result: (result) => ({ ...result, result: 'out' }) }), 'boundary: modules cannot be imported'],
  ['the argument is changed', changed({ run: (run) => { Reflect.set(Object(run.argument), 'request', {}); return run } }), 'boundary: what a script does to built-in objects changes nothing outside'],
  ['the sandbox relies on built-in objects', beginning('const { log } = console; console.log = (...all) => { JSON.parse("[]"); log(JSON.stringify(all)) }'), 'boundary: a script that breaks built-in objects gets its result all the same'],
  ['the script stands within a text', changed({ run: (run) => ({ ...run, script: run.script.replaceAll('`', '') }) }), 'boundary: what stands at the end of a script cannot pass for the result of another run']
]

/** A sandbox that gives a run the result of the run before. */
function exchanging (): () => Sandbox {
  let before: unknown
  return changed({
    result: (result) => {
      const answer = { ...result, result: before }
      before = result.result
      return answer
    }
  })
}

test('a sandbox without mistakes passes, and every case finds a mistake', { timeout: 120_000 }, async (t) => {
  t.teardown(() => sandbox.close())
  await passesAtOnce(t, sandboxContract, () => sandbox)
  await findsMistakes(t, sandboxContract, mistakes)
  t.strictSame(casesWithoutMistake(sandboxContract, mistakes), [])
})
