import { test } from 'tap'
import { ScriptFailedError } from '../../../lib/errors/refusals.ts'
import { normalize } from '../../../lib/management/draft/normalize.ts'
import { scriptCheck } from '../../../lib/management/script.ts'
import type { Sandbox } from '../../../lib/ports/sandbox.ts'
import type { ScriptError, SyntaxCheck } from '../../../lib/ports/syntax.ts'
import { incomingBody } from '../../support/bodies.ts'
import { incomingRecord } from '../../support/integrations.ts'
import { callsOf } from '../../support/calls.ts'
import { members } from '../../support/workspace.ts'

const broken: ScriptError = { name: 'SyntaxError', message: 'broken' }
const script = 'class A {}'

function draft (fields: { script?: string, scriptEnabled: boolean }): ReturnType<typeof normalize> {
  return normalize({ type: 'webhook-incoming', name: 'n', enabled: true, username: incomingBody.username, channel: '#general', ...fields }, { maxScriptLength: 100 })
}

function checking (timeout = 1000): { check: ReturnType<typeof scriptCheck>, checked: string[] } {
  const checked: string[] = []
  const syntax: SyntaxCheck = {
    check: async (source) => {
      checked.push(source)
      return source.includes('{}') ? undefined : broken
    }
  }
  return { checked, check: scriptCheck(callsOf({ syntax }, timeout), members.owner) }
}

test('only an enabled script is checked', async (t) => {
  const { check, checked } = checking()
  t.equal(check(draft({ scriptEnabled: true })), undefined, 'at once')
  t.equal(check(draft({ script: 'class {', scriptEnabled: false })), undefined, 'at once')
  t.strictSame(checked, [])
  t.strictSame(await check(draft({ script: 'class {', scriptEnabled: true })), broken)
  t.equal(await check(draft({ script, scriptEnabled: true })), undefined)
  t.strictSame(checked, ['class {', script])
})

test('an update that is tried again checks its script once', async (t) => {
  const { check, checked } = checking()
  for (let attempt = 0; attempt < 3; attempt++) t.strictSame(await check(draft({ script: 'class {', scriptEnabled: true })), broken)
  t.strictSame(checked, ['class {'])
})

test('a script that was found valid is not checked again, one with an error is', async (t) => {
  const { check, checked } = checking()
  const enabled = draft({ script, scriptEnabled: true })
  t.equal(check(enabled, incomingRecord({ script, scriptEnabled: true })), undefined, 'at once')
  t.strictSame(checked, [])
  for (const previous of [
    incomingRecord({ script, scriptEnabled: false }),
    incomingRecord({ script: 'class B {}', scriptEnabled: true }),
    incomingRecord({ script, scriptEnabled: true, scriptError: broken })
  ]) {
    const { check, checked } = checking()
    t.equal(await check(enabled, previous), undefined)
    t.strictSame(checked, [script])
  }
})

test('the check is told which user sent the script', async (t) => {
  const told: string[] = []
  const syntax: SyntaxCheck = { check: (_source, userId) => { told.push(userId); return undefined } }
  await scriptCheck(callsOf({ syntax }), members.owner)(draft({ script, scriptEnabled: true }))
  t.strictSame(told, [members.owner._id])
})

test('the check takes no longer than the request may wait, and is told so', async (t) => {
  let told = false
  const syntax: SyntaxCheck = {
    check: (_source, _userId, { signal }) => new Promise(() => { signal.addEventListener('abort', () => { told = true }) })
  }
  const check = scriptCheck(callsOf({ syntax }, 30), members.owner)
  await t.rejects(Promise.resolve(check(draft({ script, scriptEnabled: true }))), {
    code: 'error-service-unavailable',
    cause: { code: 'FCI_ERR_ADAPTER_TIMEOUT', message: 'syntax.check did not answer within adapterTimeout' }
  })
  t.ok(told)
})

test('a check that fails is no error of the script', async (t) => {
  const syntax: SyntaxCheck = { check: async () => { throw new Error('100 scripts of this user wait already') } }
  const check = scriptCheck(callsOf({ syntax }), members.owner)
  await t.rejects(Promise.resolve(check(draft({ script, scriptEnabled: true }))), {
    code: 'error-service-unavailable',
    statusCode: 503,
    cause: { code: 'FCI_ERR_ADAPTER_FAILED', cause: { message: '100 scripts of this user wait already' } }
  })
})

/** A check with a sandbox that fails like this. */
function loading (thrown?: Error): { readonly check: ReturnType<typeof scriptCheck>, readonly asked: string[] } {
  const asked: string[] = []
  const sandbox: Pick<Sandbox, 'run' | 'load'> = {
    run () { throw new Error('not to be run') },
    load (source) {
      asked.push(`load ${source}`)
      if (thrown !== undefined) throw thrown
    }
  }
  const syntax: SyntaxCheck = { check: (source) => { asked.push(`parse ${source}`); return broken } }
  return { asked, check: scriptCheck(callsOf({ syntax, sandbox }), members.owner) }
}

test('with a sandbox, the engine says whether a script loads', async (t) => {
  const enabled = draft({ script, scriptEnabled: true })
  const fine = loading()
  t.equal(await fine.check(enabled), undefined)
  t.equal(await fine.check(enabled), undefined)
  t.strictSame(fine.asked, [`load ${script}`], 'once, and no parser')
  for (const [failed, error] of [
    [new ScriptFailedError('syntax', { thrown: { name: 'SyntaxError', message: 'odd', stack: '    at script:2:7' } }), { name: 'SyntaxError', message: 'odd (line 2, column 7)' }],
    [new ScriptFailedError('no-class'), { name: 'Error', message: 'the script defines no class Script' }],
    [new ScriptFailedError('threw', { thrown: { name: 'ReferenceError', message: 'foo is not defined' } }), { name: 'ReferenceError', message: 'foo is not defined' }],
    [new ScriptFailedError('memory'), { name: 'Error', message: /memory/ }]
  ] as const) {
    const { check, asked } = loading(failed)
    t.match(await check(enabled), error)
    t.equal(asked.length, 1)
  }
})

test('a sandbox that cannot say so leaves it to the parser', async (t) => {
  for (const thrown of [new ScriptFailedError('busy'), new ScriptFailedError('late'), new Error('engine lost')]) {
    const { check, asked } = loading(thrown)
    t.strictSame(await check(draft({ script, scriptEnabled: true })), broken)
    t.strictSame(asked, [`load ${script}`, `parse ${script}`])
  }
})
