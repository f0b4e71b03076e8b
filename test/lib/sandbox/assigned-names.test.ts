import { test } from 'tap'
import { assignedNames } from '../../../lib/sandbox/assigned-names.ts'

test('the names that a script assigns', (t) => {
  for (const [script, names] of [
    ['', []],
    ['a = 1; b += 1; c ||= 1; d **= 2; e >>>= 1; f ??= 1; g<<=1; h &&= 1; i -= 1; j ^=1; k|=1; l %= 1', 'abcdefghijkl'.split('')],
    ['a++; ++b; c --; -- d', ['a', 'b', 'c', 'd']],
    ['for (a of b) for (c in d);', ['a', 'c']],
    ['for (let a of b) {}', ['a']],
    ['a == 1; b === 1; c => 1; d <= 1; e >= 1; f != 1; g !== 1; h => { }', []],
    ['a.b = 1; this.c = 1; d?.e; f.g++', []],
    ['$ = _ = ünïcode = 日本 = 1', ['$', '_', 'ünïcode', '日本']],
    ['a\n=\n1', ['a']],
    ['a = b = c', ['a', 'b']],
    ['if (inside) offset = 1', ['offset']],
    ['x instanceof y; index offer', []],
    ['[a, b] = c', ['a', 'b']],
    ['[, a, [b], ...c] = d', ['a', 'b', 'c']],
    ['({ a, b: c, d: { e }, f: [g] } = h)', ['a', 'c', 'e', 'g']],
    ['({ a = b, ...c } = d)', ['a', 'c']],
    ['for ([a, b] of c) for ({ d } of e);', ['a', 'b', 'd']],
    ['if (a) [b] = c; d; [e, f] = [f, e]', ['b', 'e', 'f']],
    ['[\n  a,\n  b\n]\n= c', ['a', 'b']],
    ['// the first\n[a] = b; /* and */ [c] = d', ['a', 'c']],
    ['`$' + '{a}=$' + '{b}`; class A{}\n[c] = d', ['c']],
    ['[a.b, this.c, d[e], f()] = g', []],
    ['a[b] = 1; c()[d] += 1; e?.[f]; [g, h].i = 1', []],
    ['f({ a, b }); [c, d].map(({ e }) => ({ e })); const g = { h, i: j }', ['g']],
    ['{ [a] }  [b] == c; [d] => e', []],
    ["'['; a = { b }; '{'; [c] = d; ']'", ['a', 'c']],
    ['const text = `$' + '{n = 1}`', ['text', 'n']]
  ] as const) t.strictSame(assignedNames(script), names, script)
  t.end()
})

test('the time grows with the length of the script only', (t) => {
  const length = 300_000
  for (const part of ['a', ' ', 'a ', 'a.', '+', '++', '++ ', 'a\n', '$', '=', 'a=', '日', 'a in ', '\u200C', '>>>', 'a/', '[', '{', ']', '[a', '{ a, ', '[a] = ', '[a, [b] = ', '{[', '}]', '...']) {
    const script = part.repeat(length / part.length)
    const start = performance.now()
    assignedNames(`a${script}`)
    const taken = performance.now() - start
    // Quadratic time would be minutes.
    t.ok(taken < 5000, `${JSON.stringify(part)}: ${Math.round(taken)} ms`)
  }
  t.end()
})
