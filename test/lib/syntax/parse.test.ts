import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Script } from 'node:vm'
import { test } from 'tap'
import { syntaxErrorOf } from '../../../lib/syntax/parse.ts'
import { expressionsOf } from '../../hostile/support/expressions.ts'

/* eslint-disable no-template-curly-in-string -- the programs have templates */

/** Programs on whose syntax every engine agrees. V8 may see them here: they are ours. */
const valid = [
  '', ' ', '1', '// only a comment', '/* a */', '#!/usr/bin/env node', "'use strict'; let a",
  'class Script { prepare_outgoing_request({ request }) { return request } }',
  'class Script { async process_incoming_request({ request }) { return await request } }',
  'const Script = class { }', 'function Script() { this.a = () => new.target }', 'text = 1; var text', 'with (a) b', '010 + "\\010"',
  'import("fs")', 'let a = 1n ?? a?.b', 'await = 1; yield = 2; let = 3; async = 4', 'async () => { for await (const a of b); }', 'delete a',
  'function f(a, a) {}', 'if (1) function f() {}', 'a: b: c', '<!-- old\na\n--> comment', 'a => { return { a } }', 'try {} catch {}',
  'class A { #a; static { this.b } static #c() {} m() { return #a in this } }', 'a ||= b; a &&= b; a ??= b', '1_000', '`${`${1}`}`', 'a`\\u`',
  '({ __proto__: a, ["__proto__"]: b })', '\\u{61}', 'var \u00e4, \u{20000}', '"\u2028"', 'a\n++b', '/=/', '/[/]/', 'a / b / c',
  '/(?<a>b)\\k<a>/u', '/(?<=a)(?<!b)/', '/[\\p{L}--\\p{Lu}]/v', '/[[a-z]&&[aeiou]]/v', '/\\p{RGI_Emoji}/v', '/\\k/', '/a{,1}/', '/]/', '/\\c/'
]

const invalid = [
  'class {', 'class Script { process(', 'return 1', 'await a', 'let a; let a', 'let a; var a', 'import a from "b"', 'export class Other {}',
  'import.meta', '(', ')', '"', "'\n'", '`', '/', '/[/', '/*', '1a', '0b2', '1__0', 'a b', 'const a', 'break', 'continue', 'a: a: b', 'new.target', 'super.a',
  '#a', 'class A { #a; #a }', 'class A { constructor() {} constructor() {} }', "'use strict'; with (a) b", "'use strict'; 010", 'a?.b = 1', '1 = 2', 'a => {} ()',
  'for (let a = 1 of b);', 'async () => { await }', '({ a = 1 })', '({ __proto__: a, __proto__: b })', 'a ?? b || c', '-1 ** 2', '`${', '\\u{110000}', '"\\u{"',
  '/a/gg', '/a/x', '/a/uv', '/(/', '/)/', '/[b-a]/', '/a**/', '/{1}/', '/\\k/u', '/\\p{None}/u', '/a{2,1}/', '/(?<a>)(?<a>)/', '/(?<a)/', '/\\k<b>(?<a>)/',
  '/[(]/v', '/[a&&&b]/v', '/\\-/u', '/(?<=a)+/', 'x = /]/u', '<a></a>', '@a class B {}', 'enum A {}', 'let a: string', 'a |> b'
]

test('valid and invalid are what they are to V8', (t) => {
  for (const [sources, isValid] of [[valid, true], [invalid, false]] as const) {
    for (const source of sources) {
      const ours = syntaxErrorOf(source)
      // Printable: a line separator is the end of a line of the report.
      const name = JSON.stringify(source).replace(/[^ -~]/g, '?')
      t.equal(ours === undefined, isValid, `${name} ${ours?.message ?? ''}`)
      const check = (): unknown => new Script(source)
      if (isValid) t.doesNotThrow(check, name)
      else t.throws(check, { name: 'SyntaxError' }, name)
    }
  }
  t.end()
})

test('what is wrong is said in plain words, with its line and column, and not at length', (t) => {
  for (const [source, message] of [
    ['class {', 'A class name is required. (1:6)'],
    ['let a\nlet a', "Identifier 'a' has already been declared. (2:4)"],
    ['return 1', "'return' outside of function. (1:0)"],
    ['export class Other {}', "'import' and 'export' are not allowed in a script (1:0)"],
    ['import.meta', "'import.meta' is not allowed in a script (1:0)"],
    ['a\n|> b', 'Unexpected token (2:0)'],
    ['<a></a>', 'Unexpected token (1:0)'],
    ['a\n;/(/; /)/', 'Invalid regular expression: Unterminated group (2:1)'],
    [`/${': '.repeat(1000)}(/`, 'Invalid regular expression: Unterminated group (1:0)'],
    ['[/[b-a]/v, () => { /)/ }]', 'Invalid regular expression: Range out of order in character class (1:1)']
  ] as const) t.strictSame(syntaxErrorOf(source), { name: 'SyntaxError', message })
  const name = 'a'.repeat(10_000)
  const error = syntaxErrorOf(`let ${name}; let ${name}`)
  t.equal(error?.name, 'SyntaxError')
  t.equal(error?.message.length, 500)
  t.end()
})

test('export in front of the class is tolerated, as by the sandbox', (t) => {
  t.equal(syntaxErrorOf('export class Script {}'), undefined)
  t.equal(syntaxErrorOf('export default class Script {}'), undefined)
  t.end()
})

test('a nesting that the parser cannot follow is an error of the script', (t) => {
  for (const source of [
    '('.repeat(65_536), '['.repeat(65_536), '(a=>'.repeat(16_000), 'function f(){'.repeat(5000), '`${'.repeat(20_000), `/${'('.repeat(30_000)}${')'.repeat(30_000)}/`
  ]) t.strictSame(syntaxErrorOf(source), { name: 'RangeError', message: 'The script is nested too deeply to be checked' })
  t.end()
})

test('a text is never made a program or a regular expression of V8', (t) => {
  const { RegExp, Function } = globalThis
  t.teardown(() => Object.assign(globalThis, { RegExp, Function }))
  const made: unknown[] = []
  const spy = (original: object): object => new Proxy(original, {
    construct (target, args, newTarget) { made.push(args[0]); return Reflect.construct(Object(target), args, newTarget) },
    apply (target, self, args) { made.push(args[0]); return Reflect.apply(Object(target), self, args) }
  })
  Object.assign(globalThis, { RegExp: spy(RegExp), Function: spy(Function) })
  for (const source of [...valid, ...invalid]) syntaxErrorOf(source)
  Object.assign(globalThis, { RegExp, Function })
  t.strictSame(made, [])
  t.end()
})

test('the parsers put together no expression of a text that they read', (t) => {
  const require = createRequire(import.meta.url)
  const unknown = ['@babel/parser', '@eslint-community/regexpp'].flatMap((name) =>
    expressionsOf(name, readFileSync(require.resolve(name), 'utf8')).unknown.map((what) => what.replace(/:\d+ /, ' ')))
    // Properties of that name of their own nodes and messages.
    .filter((what) => !/ pattern(?:: |$)/.test(what))
  t.strictSame(unknown, [
    // In its plugin for other parsers' trees, which is not loaded.
    '@babel/parser new RegExp(pattern, flags)',
    '@babel/parser new RegExp("[" + nonASCIIidentifierStartChars + "]")',
    '@babel/parser new RegExp("[" + nonASCIIidentifierStartChars + nonASCIIidentifierChars + "]")',
    '@babel/parser new RegExp(lineBreak.source, "g")'
  ])
  t.end()
})
