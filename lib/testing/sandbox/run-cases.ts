import assert from 'node:assert/strict'
import type { Sandbox } from '../../ports/sandbox.ts'
import type { Cases } from '../contract.ts'
import { awkwardTexts } from '../samples.ts'
import { incoming, resultOf, runOf, succeeds } from './runs.ts'

/** The forms in which a script may define its class. */
const classForms = [
  'class Script { process_incoming_request () { return 1 } }',
  'const Script = class { process_incoming_request () { return 1 } }',
  'Script = class { process_incoming_request () { return 1 } }',
  'function Script () {}\nScript.prototype.process_incoming_request = function () { return 1 }',
  'var Script = function () { this.process_incoming_request = () => 1 }',
  'class Base { process_incoming_request () { return 1 } }\nclass Script extends Base {}',
  'export class Script { process_incoming_request () { return 1 } }',
  'export default class Script { process_incoming_request () { return 1 } }',
  'class Script { process_incoming_request () { return 1 } }\nmodule.exports = Script; exports.Script = Script',
  'class Script { async process_incoming_request () { await null; return 1 } }',
  'class Script { process_incoming_request () { return new Promise((resolve) => { resolve(1) }) } }'
]

/** What a script does, and the result. */
const results: ReadonlyArray<readonly [body: string, result: unknown]> = [
  ['return { content: { text: request.content.text + "!" } }', { content: { text: 'naïve 日本語 👩‍👩‍👧!' } }],
  ['return', undefined],
  ['return null', null],
  ['return false', false],
  ['return ""', ''],
  ['return 1.5', 1.5],
  ['return [1, [2, { a: undefined }]]', [1, [2, {}]]],
  ['count = 0; for (entry of [1, 2]) count += entry; for (key in { a: 1 }) last = key; return { count, last }', { count: 3, last: 'a' }],
  ['return JSON.parse(request.content).raw + request.content.text.length', 'the text18'],
  ['return Object.keys(request.content)', ['text']],
  ['return [new Date(0).getHours(), new Date(0).getTimezoneOffset()]', [0, 0]],
  ['return [global === globalThis, typeof module.exports, module.exports === exports]', [true, 'object', true]],
  ['return atob(btoa("text"))', 'text'],
  ['return [s.trim(" a "), s.capitalize("abc"), s.truncate("abcdefgh", 6), s.pad("a", 3, "-"), s.stripTags("<b>a</b>")]', ['a', 'Abc', 'abc...', 'a--', 'a']],
  ['return [s.ltrim("--a", "-"), s.rtrim("a--", "-"), s.lrpad("a", 3, "-"), s.numberFormat(1234.5, 2)]', ['a', 'a', '-a-', '1,234.50']],
  ['return [s.strLeft("a=b=c", "="), s.strRight("a=b=c", "="), s.strRightBack("a=b=c", "=")]', ['a', 'b=c', 'c']]
]

/** The names that scripts may ask for and that must not exist. */
const absent = ['HTTP', 'fetch', 'serverFetch', 'require', '_', 'moment', 'setTimeout', 'setInterval', 'process', 'Buffer', 'crypto']

/** A method gets its argument, and its result comes back. */
export const runCases: Cases<Sandbox> = {
  async 'the result of the method comes back as JSON data' (create) {
    const sandbox = await create()
    const argument = { request: { content: { text: 'naïve 日本語 👩‍👩‍👧' }, content_raw: '{"raw":"the text"}' } }
    for (const [body, result] of results) assert.deepEqual(await resultOf(sandbox, body, { argument }), result, body)
  },

  async 'texts arrive and return unchanged' (create) {
    const sandbox = await create()
    const texts = Object.fromEntries(awkwardTexts.map((text, number) => [`text ${number}`, text]))
    assert.deepEqual(await resultOf(sandbox, 'return request', { argument: { request: texts } }), texts)
  },

  async 'the method that is named runs' (create) {
    const sandbox = await create()
    const script = `class Script {
      process_incoming_request () { return 'incoming' }
      prepare_outgoing_request ({ request }) { return request.url }
      process_outgoing_response ({ request, response }) { return request.url + response.content.a }
    }`
    const argument = { request: { url: 'u' }, response: { content: { a: 1 }, content_raw: '{"a":1}' } }
    for (const [method, result] of [
      ['process_incoming_request', 'incoming'], ['prepare_outgoing_request', 'u'], ['process_outgoing_response', 'u1']
    ] as const) assert.deepEqual(await succeeds(sandbox, runOf(script, { method, argument })), { result, hasMethod: true, console: [] })
  },

  async 'a script without the method says so' (create) {
    const sandbox = await create()
    assert.deepEqual(await succeeds(sandbox, runOf('class Script {}')), { result: undefined, hasMethod: false, console: [] })
  },

  async 'a class may be defined in every form' (create) {
    const sandbox = await create()
    for (const script of classForms) assert.equal((await succeeds(sandbox, runOf(script))).result, 1, script)
  },

  async 'nothing is kept between runs' (create) {
    const sandbox = await create()
    const script = `globalThis.count = (globalThis.count || 0) + 1
      Array.prototype.count = (Array.prototype.count || 0) + 1
      ${incoming('return [globalThis.count, [].count]')}`
    const run = runOf(script)
    for (let time = 0; time < 3; time++) assert.deepEqual((await succeeds(sandbox, run)).result, [1, 1])
  },

  async 'Store keeps JSON data in the map of the run' (create) {
    const sandbox = await create()
    const store = new Map<string, unknown>([['list', [1]], ['old', 'value'], ['other', 5]])
    const body = `const list = Store.get('list')
      list.push(2)
      const before = Store.get('list')
      const answer = Store.set('new', { list })
      Store.set('old', null)
      return [before, answer, Store.get('new'), Store.get('old'), Store.get('missing'), Store.get('__proto__')]`
    assert.deepEqual(await resultOf(sandbox, body, { store }), [[1], { list: [1, 2] }, { list: [1, 2] }, null, null, null])
    assert.deepEqual([...store].sort(), [['list', [1]], ['new', { list: [1, 2] }], ['old', null], ['other', 5]])
  },

  async 'console keeps lines in their order' (create) {
    const sandbox = await create()
    const body = `console.log('a', 1, { b: [2] }, undefined)
      for (const level of ['info', 'warn', 'error', 'debug']) console[level](level)
      return 1`
    const { console } = await succeeds(sandbox, runOf(incoming(body)))
    assert.deepEqual(console, [
      { level: 'log', text: 'a 1 {"b":[2]} undefined' }, ...(['info', 'warn', 'error', 'debug'] as const).map((level) => ({ level, text: level }))
    ])
  },

  async 'what a script cannot have is not defined' (create) {
    const sandbox = await create()
    const body = `return ${JSON.stringify(absent)}.filter((name) => (0, eval)('typeof ' + name) !== 'undefined')`
    assert.deepEqual(await resultOf(sandbox, body), [])
  },

  async 'runs side by side do not meet' (create) {
    const sandbox = await create()
    const answers = await Promise.all(Array.from({ length: 10 }, async (_, number) =>
      await resultOf(sandbox, 'shared = request.content; return shared', { argument: { request: { content: number } } })))
    assert.deepEqual(answers, Array.from({ length: 10 }, (_, number) => number))
  }
}
