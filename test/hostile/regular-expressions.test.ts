import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSafe } from 'redos-detector'
import { test } from 'tap'
import { root } from '../support/root.ts'
import { type Expression, expressionsOf } from './support/expressions.ts'

/**
 * Why an expression may take more than linear time for some text; undefined
 * when it cannot. What the detector cannot look at counts as dangerous.
 */
function danger ({ source, flags }: Pick<Expression, 'source' | 'flags'>): string | undefined {
  // The detector looks at a lookbehind as if it were tried once, and not at every place.
  if (source.includes('(?<=') || source.includes('(?<!')) return 'has a lookbehind, which is not checked'
  try {
    const folded = flags.includes('i') && flags.includes('u')
    const { safe, error } = isSafe(folded ? new RegExp(withoutCase(source), flags.replace('i', '')) : new RegExp(source, flags))
    return safe ? undefined : `backtracks: ${error}`
  } catch (error) {
    return `is not checked: ${error}`
  }
}

/**
 * The detector does not know the flags `i` and `u` together. Where no class
 * depends on the case of letters, the expression in lower case is as
 * ambiguous as the one in any case.
 */
function withoutCase (source: string): string {
  const withoutEscapes = source.replace(/\\[pP]\{[^}]*\}|\\[^]/g, '')
  if (/\[[^\]]*[a-z][^\]]*\]/i.test(withoutEscapes)) throw new Error('flags i and u, and letters in a class')
  if (/\\[pP]\{(?:L|Letter|Lu|Ll|Lt|Uppercase|Lowercase|Cased)/.test(source)) throw new Error('flags i and u, and a class of letters')
  return source.replace(/\\[pP]\{[^}]*\}|\\[^]|[^\\]+/g, (part) => (part.startsWith('\\') ? part : part.toLowerCase()))
}

test('no regular expression of the package can be made to backtrack', async (t) => {
  const found = ['lib', 'schemas']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    // What runs beside a script has the time of the script, and its deadline.
    .filter((name) => name.endsWith('.ts') && !name.startsWith('lib/sandbox/guest/'))
    .map((name) => expressionsOf(name, readFileSync(join(root, name), 'utf8')))
  const expressions = found.flatMap(({ expressions }) => expressions)
  t.ok(expressions.length >= 10, 'they are found')
  for (const expression of expressions) {
    t.equal(danger(expression), undefined, `${expression.where} /${expression.source}/${expression.flags}`)
  }
  t.strictSame(found.flatMap(({ unknown }) => unknown), [], 'none is put together at run time')
})

test('the check notices what is dangerous', async (t) => {
  for (const [source, flags] of [
    ['^(a+)+$', ''], ['\\s+$', ''], ['^a*a*$', ''], ['\\d+x', ''], ['^(\\w+\\s?)*$', ''], ['^\\p{L}+\\p{Lu}+$', 'u'],
    // The same letter in another case.
    ['^a+A+$', 'iu'],
    // What the detector cannot see.
    ['(?<=a+)b', ''], ['^[a-z]+$', 'iu'], ['^\\p{Lu}$', 'iu'], ['[a&&b]', 'v']
  ] as const) t.ok(danger({ source, flags }), `/${source}/${flags}`)
  for (const [source, flags] of [['^a+$', ''], ['^a+$', 'iu'], ['^\\w{1,20}@b$', 'i']] as const) t.notOk(danger({ source, flags }), `/${source}/${flags}`)
})

test('every way to write one is found', async (t) => {
  const { expressions, unknown } = expressionsOf('a.ts', [
    'const a = /[/]\\/b/gi.test(text)',
    "const b = new RegExp('c', 'u'), c = RegExp(`d`)",
    "const schema = { pattern: '^e' , 'pattern': 'f' }",
    'new RegExp(text); RegExp(`g` + text); ({ pattern }); ({ pattern: text })'
  ].join('\n'))
  t.strictSame(expressions, [
    { where: 'a.ts:1', source: '[/]\\/b', flags: 'gi' },
    { where: 'a.ts:2', source: 'c', flags: 'u' },
    { where: 'a.ts:2', source: 'd', flags: '' },
    { where: 'a.ts:3', source: '^e', flags: '' },
    { where: 'a.ts:3', source: 'f', flags: '' }
  ])
  t.strictSame(unknown, ['a.ts:4 new RegExp(text)', 'a.ts:4 RegExp(`g` + text)', 'a.ts:4 pattern', 'a.ts:4 pattern: text'])
})
