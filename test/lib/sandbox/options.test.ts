import { test } from 'tap'
import { ScriptSandbox, type ScriptSandboxOptions } from '../../../lib/scripts.ts'
import { checkedOptions } from '../../../lib/sandbox/options.ts'
import { pageAt } from '../../support/pages.ts'
import { unchecked } from '../../support/unchecked.ts'

test('every option has its default value', (t) => {
  t.strictSame(checkedOptions({}), {
    workers: 2,
    time: 200,
    memory: 16 * 1024 * 1024,
    input: 1024 * 1024,
    output: 256 * 1024,
    consoleLines: 100,
    consoleBytes: 8 * 1024,
    storeKeys: 100,
    storeBytes: 64 * 1024,
    waitingPerIntegration: 10,
    waiting: 100
  })
  t.strictSame(checkedOptions({ workers: 1, time: 500 }), { ...checkedOptions({}), workers: 1, time: 500 })
  t.end()
})

test('wrong options are refused by name', (t) => {
  for (const name of Object.keys(checkedOptions({}))) {
    for (const value of [-1, 1.5, Infinity, NaN, '5', null, {}]) {
      t.throws(() => new ScriptSandbox(unchecked<ScriptSandboxOptions>({ [name]: value ?? {} })), { code: 'FCI_ERR_INVALID_OPTION', message: new RegExp(`'${name}' of ScriptSandbox`) })
    }
  }
  t.throws(() => new ScriptSandbox(unchecked<ScriptSandboxOptions>({ worker: 2 })), { message: /did you mean 'workers'/ })
  t.end()
})

test('the page lists every option with its default value', (t) => {
  const rows = [...pageAt('lib/sandbox/README.md').text.matchAll(/^\| `(\w+)` \| `(\d+)` \|/gm)].map(([, name, value]) => [name, Number(value)])
  t.strictSame(rows, Object.entries(checkedOptions({})))
  t.end()
})
