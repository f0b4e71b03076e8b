import { test } from 'tap'
import type { Ports } from '../../../../lib/guard/ports.ts'
import { sandbox } from '../../../../lib/guard/tables/sandbox.ts'
import { ScriptFailedError } from '../../../../lib/errors/refusals.ts'
import type { ScriptRun } from '../../../../lib/ports/sandbox.ts'
import { callsOf } from '../../../support/calls.ts'
import { unchecked } from '../../../support/unchecked.ts'

const run: ScriptRun = { integrationId: 'i', script: 's', method: 'process_incoming_request', argument: {}, store: new Map() }

async function ask (port: unknown, method: 'run' | 'load' = 'run'): Promise<unknown> {
  const calls = callsOf(unchecked<Partial<Ports>>({ sandbox: port }))
  return method === 'run' ? await calls.ask(sandbox.run, run) : await calls.ask(sandbox.load, 'script')
}

test('the result is copied as JSON data', async (t) => {
  const result = { a: [1, undefined], b: new Date(0), toString: 'x' }
  const line = { level: 'log', text: 'a', more: 1 }
  t.strictSame(await ask({ run: () => ({ result, hasMethod: true, console: [line], more: 1 }) }), {
    result: { a: [1, null], b: '1970-01-01T00:00:00.000Z', toString: 'x' }, hasMethod: true, console: [{ level: 'log', text: 'a' }]
  })
  for (const value of [undefined, null, false, '', 'a', 5, []]) {
    t.strictSame(await ask({ run: async () => ({ result: value, hasMethod: false, console: [] }) }), { result: value, hasMethod: false, console: [] })
  }
  const many = await ask({ run: () => ({ hasMethod: true, console: Array.from({ length: 2000 }, () => line) }) })
  t.equal(unchecked<{ console: unknown[] }>(many).console.length, 1000)
})

test('any other answer is a failure of the sandbox', async (t) => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const fine = { result: 1, hasMethod: true, console: [] }
  for (const answer of [
    undefined, null, 'text', [], {}, { ...fine, hasMethod: 1 }, { ...fine, console: undefined }, { ...fine, console: [{ level: 'trace', text: 'a' }] },
    { ...fine, console: [{ level: 'log' }] }, { ...fine, result: cyclic }, { ...fine, result: 5n }, { ...fine, result: () => 1 }, { ...fine, get result () { throw new Error('getter') } }
  ]) {
    for (const run of [() => answer, async () => answer]) {
      await t.rejects(ask({ run }), { code: 'error-service-unavailable', cause: { message: /^sandbox\.run / } })
    }
  }
})

test('load may answer anything', async (t) => {
  for (const answer of [undefined, true, Promise.resolve('x')]) t.equal(await ask({ load: () => answer }, 'load'), undefined)
})

test('a failure is told by its class, or by its code: the host may have another copy of this package', async (t) => {
  const thrown = { name: 'TypeError', message: 'no', stack: '    at script:1:1' }
  const console = [{ level: 'log', text: 'a' }] as const
  const own = new ScriptFailedError('threw', { thrown, console })
  const copy = { code: 'FCI_ERR_SCRIPT_FAILED', reason: 'threw', thrown: { ...thrown, more: 1 }, console: [{ ...console[0], more: 1 }] }
  for (const error of [own, copy]) {
    for (const method of ['run', 'load'] as const) {
      for (const fail of [() => { throw error }, async () => { throw error }]) {
        const failure = await ask({ run: fail, load: fail }, method).then(() => null, (reason: unknown) => reason)
        t.ok(failure instanceof ScriptFailedError)
        t.strictSame([Reflect.get(Object(failure), 'reason'), Reflect.get(Object(failure), 'thrown'), Reflect.get(Object(failure), 'console')], ['threw', thrown, console])
      }
    }
  }
  const bare = await ask({ run: () => { throw unchecked<Error>({ code: 'FCI_ERR_SCRIPT_FAILED', reason: 'late', thrown: { name: 5 }, console: 'x' }) } }).then(() => null, (reason: unknown) => reason)
  t.match(bare, { reason: 'late', thrown: undefined, console: [] })
})

test('any other error is a failure of the sandbox', async (t) => {
  for (const error of [new Error('no'), 'text', null, { code: 'FCI_ERR_SCRIPT_FAILED', reason: 'odd' }, { code: 'FCI_ERR_SCRIPT_FAILED' }, { reason: 'late' }]) {
    await t.rejects(ask({ run: () => { throw unchecked<Error>(error) } }), { code: 'error-service-unavailable', cause: { code: 'FCI_ERR_ADAPTER_FAILED' } })
  }
})
