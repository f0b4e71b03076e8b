import fc from 'fast-check'
import { often } from '../../support/soak.ts'

/** How a run may end: `ok`, or the reason of its failure. */
export type End = string

/** A script that attacks the sandbox, and the ends that are allowed. */
export type Attack = readonly [body: string, ...ends: End[]]

/** Code of a method that takes time. */
const endless: readonly Attack[] = [
  ['while (true) {}', 'late'],
  ['for (;;) { try { for (;;) {} } catch { continue } finally { continue } }', 'late'],
  ['const again = () => { try { again() } finally { again() } }; again()', 'late', 'threw'],
  ['return (async () => { for (;;) await 1 })()', 'late'],
  ['const next = () => Promise.resolve().then(next); return next()', 'late', 'memory'],
  ['const then = (resolve) => resolve({ then }); return { then }', 'late', 'memory'],
  ['queueMicrotask(function again () { queueMicrotask(again) }); return 1', 'late'],
  ['/^(a+)+$/.test("a".repeat(40) + "!")', 'late'],
  ['/(x+x+)+y/.exec("x".repeat(5000))', 'late', 'memory'],
  ['[..."ab"].sort(() => { for (;;) {} })', 'late'],
  ['return { toJSON () { for (;;) {} } }', 'late'],
  ['return { get a () { for (;;) {} } }', 'late'],
  ['return new Proxy({}, { ownKeys () { for (;;) {} } })', 'late'],
  ['console.log({ toJSON () { for (;;) {} } })', 'late'],
  ['console.log(new Proxy(new Error(), { get () { for (;;) {} } }))', 'late'],
  ['Store.set({ toString () { for (;;) {} } }, 1)', 'late'],
  ['throw { get message () { for (;;) {} } }', 'late'],
  ['throw new Proxy(new Error("a"), { get () { for (;;) {} } })', 'late'],
  ['for (const one of { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }) one', 'late'],
  ['eval("for (;;) {}")', 'late'],
  ['new Function("for (;;) {}")()', 'late'],
  ['(function* () { for (;;) yield })().forEach(() => {})', 'late'],
  ['Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)', 'late'],
  ['const end = Date.now() + 1e9; while (Date.now() < end) {}', 'late'],
  ['const end = performance.now() + 1e9; while (performance.now() < end) {}', 'late']
]

/** Code that holds a function of the engine, which nothing interrupts: only the end of the worker helps. */
const holding: readonly Attack[] = [
  ['new Array(1e9) + ""', 'late'],
  ['Array.prototype.join.call({ length: 4294967295 })', 'late'],
  ['let n = 3n; for (;;) n = n * n', 'late', 'memory', 'threw'],
  ['"a".repeat(4e6).split("").sort().join("b".repeat(100))', 'late', 'memory', 'threw'],
  ['let o = {}; const all = o; for (let n = 0; n < 1e5; n++) { o.a = {}; o = o.a } return all', 'late', 'result', 'memory'],
  ['JSON.stringify(new Array(1e7))', 'memory', 'late', 'threw'],
  ['"a".repeat(5e6).replaceAll("a", "bbbb")', 'memory', 'threw', 'late'],
  ['let a = []; for (let n = 0; n < 5e4; n++) a = [a]; console.log(a); return 1', 'ok', 'late', 'threw']
]

/** Code that takes memory. */
const hungry: readonly Attack[] = [
  ['const all = []; for (;;) all.push("x".repeat(1 << 20) + all.length)', 'memory'],
  ['const all = []; for (;;) all.push(new Uint8Array(1 << 20))', 'memory', 'threw'],
  ['const all = []; for (;;) all.push({})', 'memory', 'late'],
  ['const all = []; for (;;) all.push(new ArrayBuffer(8, { maxByteLength: 1 << 20 }))', 'memory', 'threw', 'late'],
  ['const all = []; for (;;) all.push(new SharedArrayBuffer(1 << 20))', 'memory', 'threw'],
  ['new ArrayBuffer(2 ** 31)', 'memory', 'threw'],
  ['const buffer = new ArrayBuffer(0, { maxByteLength: 2 ** 30 }); buffer.resize(2 ** 30)', 'memory', 'threw'],
  ['let text = "ab"; for (;;) text += text', 'memory', 'threw'],
  ['let text = ""; for (;;) text = text + "a" + text', 'memory', 'threw'],
  ['const all = {}; for (let n = 0; ; n++) all["key" + n] = n', 'memory', 'late'],
  ['const all = new Map(); for (let n = 0; ; n++) all.set({}, n)', 'memory', 'late'],
  ['const all = new Set(); for (let n = 0; ; n++) all.add("s" + n)', 'memory', 'late'],
  ['const all = new WeakMap(); const keys = []; for (let n = 0; ; n++) { keys.push({}); all.set(keys[n], n) }', 'memory', 'late'],
  ['const all = []; for (;;) all.push(Symbol("s".repeat(1000)))', 'memory', 'late'],
  ['const all = []; for (let n = 0; ; n++) all.push(new RegExp("a" + n))', 'memory', 'late'],
  ['const all = []; for (let n = 0; ; n++) all.push(new Function("return " + n))', 'memory', 'late'],
  ['const all = []; for (;;) all.push(() => all)', 'memory', 'late'],
  ['const all = []; for (;;) all.push(Promise.resolve(all))', 'memory', 'late'],
  ['const all = []; for (;;) all.push(1n << 100000n)', 'memory', 'late', 'threw'],
  ['const all = []; for (;;) all.push(all.concat(all))', 'memory', 'late'],
  ['let all = [1]; for (;;) all = [...all, ...all]', 'memory', 'late'],
  ['new Array(2 ** 32 - 1).fill(1)', 'memory', 'late'],
  ['Array.from({ length: 1e9 })', 'memory', 'late'],
  ['JSON.parse("[" + "1,".repeat(3e6) + "1]")', 'memory', 'late'],
  ['"a".padEnd(2 ** 29)', 'memory', 'threw'],
  ['btoa("a".repeat(8e6))', 'memory', 'threw'],
  ['const all = []; for (;;) { const error = new Error("e".repeat(1e5)); all.push(error, error.stack) }', 'memory', 'late'],
  ['for (;;) { try { const all = []; for (;;) all.push("x".repeat(1 << 16) + all.length) } catch {} }', 'late', 'memory'],
  ['let all = []; const grow = () => { for (;;) { all.push({ all }); if (all.length % 1e5 === 0) queueMicrotask(grow) } }; grow()', 'memory', 'late']
]

/** Code that goes deep. */
const deep: readonly Attack[] = [
  ['const again = () => again() + 1; return again()', 'threw'],
  ['const again = () => { try { return again() } catch { return 1 } }; return again()', 'ok', 'threw'],
  ['JSON.parse("[".repeat(1e6))', 'threw', 'memory'],
  ['eval("(".repeat(1e5))', 'threw', 'memory'],
  ['eval("[".repeat(1e5) + "]".repeat(1e5))', 'threw', 'memory'],
  ['eval("1" + "+1".repeat(1e5))', 'ok', 'threw', 'memory'],
  ['eval("a" + ".a".repeat(1e5))', 'threw', 'memory'],
  ['eval("!".repeat(1e5) + "1")', 'threw', 'memory'],
  ['eval("{".repeat(1e5))', 'threw', 'memory'],
  ['eval(("`$" + "{").repeat(1e5))', 'threw', 'memory'],
  ['eval("() => ".repeat(1e5) + "1")', 'threw', 'memory'],
  ['new RegExp("(?:".repeat(1e5) + ")".repeat(1e5))', 'threw', 'memory'],
  ['new RegExp("(".repeat(250) + "a*".repeat(1e4) + ")".repeat(250)).test("a".repeat(1e5))', 'ok', 'threw', 'memory', 'late'],
  ['let p = {}; for (let n = 0; n < 5e4; n++) p = new Proxy(p, {}); return p.a', 'threw', 'memory'],
  ['let p = {}; for (let n = 0; n < 5e4; n++) p = Object.create(p); return p.a', 'ok', 'late', 'memory'],
  ['let f = () => 1; for (let n = 0; n < 5e4; n++) f = f.bind(null); return f()', 'threw', 'memory', 'ok'],
  ['let a = []; for (let n = 0; n < 5e4; n++) a = [a]; return a.flat(Infinity)', 'threw', 'memory', 'ok', 'late'],
  ['let a = []; for (let n = 0; n < 5e4; n++) a = [a]; return String(a)', 'threw', 'memory'],
  ['let e = new Error("a"); for (let n = 0; n < 5e4; n++) e = new Error("b", { cause: e }); throw e', 'threw', 'memory'],
  ['const o = { toString () { return "" + o } }; return String(o)', 'threw'],
  ['const o = { get message () { throw o } }; throw o', 'threw'],
  ['const o = { get message () { return this.message } }; throw o', 'threw'],
  ['let C = class {}; for (let n = 0; n < 3000; n++) C = class extends C {}; return new C()', 'ok', 'threw', 'memory']
]

/** Code that sends much. */
const loud: readonly Attack[] = [
  ['for (;;) console.log("a".repeat(1000))', 'late'],
  ['console.log("a".repeat(1e6), "b".repeat(1e6), ["c".repeat(1e6)]); return 1', 'ok', 'memory'],
  ['for (let n = 0; ; n++) { try { Store.set("key" + n, n) } catch {} }', 'late', 'memory'],
  ['for (let n = 0; ; n++) { Store.set("key" + n, n); Store.set("key" + n, undefined) }', 'late', 'memory'],
  ['Store.set("a", "b".repeat(1e6))', 'threw'],
  ['Store.set("a".repeat(1e6), 1)', 'threw'],
  ['return "a".repeat(1e6)', 'output-too-large', 'memory'],
  ['return "\\u0000".repeat(1e5)', 'output-too-large'],
  ['return new Array(1e5).fill({})', 'output-too-large'],
  ['throw new Error("a".repeat(1e6))', 'threw'],
  ['const error = new Error(); error.name = "a".repeat(1e6); error.stack = ("    at a (script:1:1)\\n").repeat(1e5); throw error', 'threw', 'memory'],
  ['throw "a".repeat(1e6)', 'threw'],
  ['throw { a: "b".repeat(1e6) }', 'threw', 'memory']
]

/** Code that changes what the sandbox might rely on. The result is 1, or the script fails. */
const meddling: readonly Attack[] = [
  ['Object.prototype.then = function (resolve) { resolve(2) }; return 1', 'ok'],
  ['Object.defineProperty(Object.prototype, "get", { value: () => 2 }); return 1', 'ok'],
  ['for (const name of ["value", "result", "line", "level", "name", "message", "stack", "0", "length"]) Object.defineProperty(Object.prototype, name, { set () { throw 2 }, get () { return 2 }, configurable: true }); return 1', 'ok', 'threw'],
  ['for (const name of Object.getOwnPropertyNames(globalThis)) try { globalThis[name] = undefined } catch {} return 1', 'ok'],
  ['for (const name of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[name] } catch {} return 1', 'ok'],
  ['for (const owner of [Object, Array, String, Function, Promise, Reflect, JSON, Error, Symbol]) for (const of of [owner, owner.prototype ?? {}]) for (const name of Reflect.ownKeys(of)) try { of[name] = () => { throw 2 } } catch {} return 1', 'ok', 'threw'],
  ['Object.freeze(globalThis); Object.freeze(Object.prototype); return 1', 'ok'],
  ['Object.setPrototypeOf(globalThis, null); return 1', 'ok'],
  ['Object.setPrototypeOf(globalThis, new Proxy({}, { get () { throw 2 }, has () { throw 2 } })); return 1', 'ok', 'threw'],
  ['String = Error = TypeError = JSON = Reflect = Promise = undefined; console.log({}, new Date()); return 1', 'ok', 'threw'],
  ['Error.prepareStackTrace = () => { for (;;) {} }; Error.stackTraceLimit = 1e9; return 1', 'ok'],
  ['Error.captureStackTrace = Error.isError = null; throw new RangeError("x")', 'threw'],
  ['this.constructor.prototype.process_incoming_request = null; return 1', 'ok'],
  ['Promise.prototype.constructor = function () { throw 2 }; return Promise.resolve(1)', 'ok', 'threw'],
  ['arguments.callee.caller', 'threw'],
  ['throw new InternalError("out of memory")', 'memory'],
  ['throw new InternalError("interrupted")', 'threw']
]

/** Every attack from within a method. Any of them may be late on a slow machine. */
export const attacks: readonly Attack[] = [...endless, ...holding.slice(0, often(2, holding.length)), ...hungry, ...deep, ...loud, ...meddling]

/** Whole scripts that attack when they are compiled or loaded. Any of them may be late, too. */
export const programs: readonly Attack[] = [
  ['for (;;) {}', 'late'],
  ['class Script { static { for (;;) {} } }', 'late'],
  ['class Script { static a = (() => { for (;;) {} })() }', 'late'],
  ['Object.defineProperty(globalThis, "Script", { get () { for (;;) {} } })', 'late'],
  ['Object.defineProperty(globalThis, "Script", { get () { throw 1 } })', 'threw'],
  ['const Script = new Proxy(class {}, { get () { for (;;) {} } })', 'late'],
  ['const Script = new Proxy(class {}, { construct () { for (;;) {} } })', 'late'],
  ['const Script = new Proxy(class {}, { construct () { return 1 } })', 'threw'],
  ['class Script { constructor () { return new Proxy({}, { get () { for (;;) {} } }) } }', 'late'],
  ['class Script { constructor () { return null } }', 'ok'],
  ['class Script { get process_incoming_request () { for (;;) {} } }', 'late'],
  ['class Script { get process_incoming_request () { throw 1 } }', 'threw'],
  ['throw { get message () { for (;;) {} } }', 'late'],
  ['throw { get message () { throw this } }', 'threw'],
  ['throw new Proxy({}, { get () { for (;;) {} } })', 'late'],
  ['throw new SyntaxError({ toString () { return "a" } })', 'threw'],
  ['const error = new SyntaxError("a"); error.stack = "secret"; throw error', 'threw'],
  ['(() => { const again = () => again() + 1; again() })()', 'threw'],
  ['['.repeat(1e5), 'syntax', 'threw', 'memory'],
  ['('.repeat(1e5) + ')'.repeat(1e5), 'syntax', 'threw', 'memory'],
  [('`$' + '{').repeat(1e5), 'syntax', 'threw', 'memory'],
  ['{'.repeat(3e5), 'syntax', 'threw', 'memory'],
  ['a=>'.repeat(1e5), 'syntax', 'threw', 'memory'],
  ['a = '.repeat(1e5) + '1', 'syntax', 'threw', 'memory', 'no-class'],
  ['let ' + Array.from({ length: 1e5 }, (_, number) => `a${number}`).join(), 'syntax', 'threw', 'memory', 'no-class', 'late'],
  [Array.from({ length: 5e4 }, (_, number) => `a${number} = 1;`).join(''), 'memory', 'no-class', 'late', 'threw'],
  [`/${'(?:'.repeat(1e5)}${')'.repeat(1e5)}/`, 'syntax', 'threw', 'memory'],
  [`/${'a*'.repeat(1e5)}/`, 'no-class', 'syntax', 'memory', 'late'],
  [`/[${'\\w-'.repeat(1e5)}]/v`, 'no-class', 'syntax', 'memory', 'late'],
  [`"${'\\u{10FFFF}'.repeat(5e4)}"`, 'no-class', 'memory'],
  ['\0', 'syntax', 'no-class'],
  ['\uD800', 'syntax'],
  ['//\uD800\0\uFFFF', 'no-class'],
  ['', 'no-class'],
  ["import 'a'", 'syntax'],
  ['import.meta', 'syntax'],
  ['await 1', 'syntax'],
  ['return 1', 'syntax'],
  ['let undefined', 'syntax', 'threw'],
  ['let globalThis; class Script {}', 'ok', 'threw'],
  ['var console, Store, s, module, exports, global; class Script {}', 'ok'],
  ['const console = 1, Store = 2, s = 3; class Script {}', 'ok'],
  ['#!/usr/bin/env node\nclass Script {}', 'ok', 'syntax'],
  ['"use strict"; class Script {}', 'ok'],
  ['<!-- a\nclass Script {}', 'ok', 'syntax']
]

const word = fc.constantFrom(
  'a', 'b', 'this', 'request', 'Store', 'console', 's', 'Object', 'Array', 'Proxy', 'Reflect', 'Promise', 'Symbol.iterator', 'globalThis', 'Error', 'eval', 'JSON',
  'String', 'RegExp', 'Function', 'ArrayBuffer', 'Uint8Array', 'DataView', 'BigInt', 'Map', 'WeakRef', 'Date', 'Iterator', '0', '-1', '1e9', '2**53', '1n', 'NaN', 'null', 'undefined', '""',
  '"x".repeat(1e5)', '[]', '{}', '/(a*)*b/', 'arguments', 'new.target', 'super.x', 'class {}', '(() => 1)', 'function* () {}', 'async () => {}')

const member = fc.constantFrom(
  'constructor', 'prototype', '__proto__', 'call', 'apply', 'bind', 'then', 'toString', 'valueOf', 'length', 'slice', 'splice', 'sort', 'concat', 'flat', 'fill', 'copyWithin', 'map', 'reduce',
  'replace', 'split', 'padEnd', 'repeat', 'match', 'normalize', 'localeCompare', 'set', 'get', 'resize', 'transfer', 'subarray', 'buffer', 'log', 'parse', 'stringify', 'defineProperty', 'create',
  'setPrototypeOf', 'ownKeys', 'construct', 'from', 'of', 'groupBy', 'revocable', 'asIntN', 'exec', 'next', 'return', 'throw')

const expression: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    word,
    fc.tuple(tie('node'), member).map(([owner, name]) => `${owner}?.${name}`),
    fc.tuple(tie('node'), fc.array(tie('node'), { maxLength: 3 })).map(([callee, values]) => `(${callee})(${values.join(', ')})`),
    fc.tuple(word, fc.array(tie('node'), { maxLength: 2 })).map(([callee, values]) => `new (${callee})(${values.join(', ')})`),
    fc.tuple(tie('node'), member, tie('node')).map(([owner, name, value]) => `((${owner}).${name} = ${value})`),
    fc.tuple(tie('node'), fc.constantFrom('+', '**', '<<', 'in', 'instanceof', '===', '??', ','), tie('node')).map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
    fc.tuple(tie('node'), tie('node')).map(([left, right]) => `[${left}, ...[${right}]]`),
    tie('node').map((inner) => `({ get a () { return ${inner} }, [${inner}]: 1 })`),
    tie('node').map((inner) => `new Proxy(Object(${inner}), { get: () => ${inner} })`))
})).node

/** A method of random statements, each of which may fail. */
export const randomBody: fc.Arbitrary<string> = fc.array(expression, { minLength: 1, maxLength: 12 })
  .map((expressions) => `let a = 1, b = []; ${expressions.map((one) => `try { a = ${one} } catch (error) { b.push(error) }`).join('; ')}; return a`)

/** Bytes that are no script, or nearly one. */
export const randomText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc.array(fc.constantFrom('class', ' Script', '{', '}', '(', ')', '[', ']', '`', '${', "'", '"', '/', '*', '\\', '\n', '=>', '=', ';', 'async ', 'await ', 'yield ', 'static ', '#a', 'get ', 'import', 'export ', '...', '?.', '0', 'x', '\u2028'), { maxLength: 200 })
    .map((parts) => parts.join('')))
