import assert from 'node:assert/strict'
import type { Sandbox } from '../../ports/sandbox.ts'
import type { Cases } from '../contract.ts'
import { incoming, resultOf, runOf, succeeds } from './runs.ts'

/** Expressions by which scripts have left sandboxes of other kinds: each gives the process, or a way to it. */
const waysOut = [
  'this.constructor.constructor("return process")()',
  'console.log.constructor("return process")()',
  'Store.get.constructor("return process")()',
  'request.constructor.constructor("return process")()',
  'Object.getPrototypeOf(async function () {}).constructor("return process")()',
  'globalThis.constructor.constructor("return process")()',
  '(() => { try { null.a } catch (error) { return error.constructor.constructor("return process")() } })()',
  '(0, eval)("process")',
  'require("node:fs")',
  'process.env',
  'new WebAssembly.Module(new Uint8Array(8))',
  'new Worker("x")',
  'new SharedArrayBuffer(8).constructor.constructor("return process")()',
  '(() => { Error.prepareStackTrace = (_, frames) => frames[0].getThis().process.env; return new Error().stack.PATH.length })()'
]

/** No script reaches the host. */
export const boundaryCases: Cases<Sandbox> = {
  async 'no known way leads out' (create) {
    const sandbox = await create()
    for (const way of waysOut) {
      const body = `return (async () => { try { return 'out: ' + typeof await ${way} } catch { return 'closed' } })()`
      assert.equal(await resultOf(sandbox, body), 'closed', way)
    }
  },

  async 'modules cannot be imported' (create) {
    const sandbox = await create()
    const body = "return import('node:fs').then(() => 'out', () => 'closed')"
    assert.equal(await resultOf(sandbox, body), 'closed')
  },

  async 'what a script does to built-in objects changes nothing outside' (create) {
    const sandbox = await create()
    const argument = { request: { content: { a: [1] } } }
    const before = structuredClone(argument)
    const result = await resultOf(sandbox, `request.content.a.push(2)
      Object.prototype.polluted = 'yes'
      request.content.__proto__.alsoPolluted = 'yes'
      return JSON.parse('{"__proto__":{"polluted":"yes"},"a":1}')`, { argument })
    assert.equal(Reflect.get({}, 'polluted'), undefined, 'Object.prototype is unchanged')
    assert.equal(Reflect.get({}, 'alsoPolluted'), undefined, 'Object.prototype is unchanged')
    assert.equal(Object.getPrototypeOf(result), Object.prototype, 'the result has the usual prototype')
    assert.deepEqual(argument, before, 'the argument is unchanged')
  },

  async 'a script that breaks built-in objects gets its result all the same' (create) {
    const sandbox = await create()
    const script = `JSON.stringify = JSON.parse = String.prototype.slice = Promise.prototype.then = Reflect.apply = () => { throw new Error('broken') }
      Array.prototype[Symbol.iterator] = null
      Object.defineProperty(Object.prototype, 'toJSON', { value: undefined })
      ${incoming("console.log('a', [1]); Store.set('k', 1); return { k: Store.get('k') }")}`
    assert.deepEqual(await succeeds(sandbox, runOf(script)), { result: { k: 1 }, hasMethod: true, console: [{ level: 'log', text: 'a [1]' }] })
  },

  async 'what stands at the end of a script cannot pass for the result of another run' (create) {
    const sandbox = await create()
    const odd = ["'); throw 1; ('", '`$' + '{1}`', '*/ /*', '\u2028//', '</script>']
    for (const text of odd) {
      const script = `// ${text}\n${incoming(`return ${JSON.stringify(text)}`)}// ${text}`
      assert.equal((await succeeds(sandbox, runOf(script))).result, text)
    }
  }
}
