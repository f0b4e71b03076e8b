import { test } from 'tap'
import { withoutExport } from '../../../lib/base/without-export.ts'

test('export in front of the class is left out, and nothing moves', (t) => {
  for (const [script, expected] of [
    ['export class Script {}', '       class Script {}'],
    ['export default class Script {}', '               class Script {}'],
    ['a()\n  export  const Script = 1', 'a()\n          const Script = 1'],
    ['export function Script () {}', '       function Script () {}']
  ] as const) {
    t.equal(withoutExport(script), expected)
    t.equal(withoutExport(script).length, script.length)
  }
  for (const script of ['export class Scripts {}', 'export { Script }', 'export default Script', "'export class Script'", 'x = `export class Script`', 'export let a = 1']) {
    t.equal(withoutExport(script), script)
  }
  t.end()
})
