import { test } from 'tap'
import { textHelpers } from '../../../lib/sandbox/guest/text-helpers.ts'

test('the functions of s', (t) => {
  const s = textHelpers()
  const call = (name: keyof typeof s, ...values: unknown[]): unknown => Reflect.apply(s[name], undefined, values)
  for (const [name, values, expected] of [
    ['truncate', ['abcdefgh', 6], 'abc...'], ['truncate', ['abcdef', 6], 'abcdef'], ['truncate', ['abcdef', 2], '...'], ['truncate', [null, 2], ''],
    ['trim', [' \n a b '], 'a b'], ['trim', ['--a-b--', '-'], 'a-b'], ['trim', ['[^]a]^[', '^[]'], 'a'], ['trim', ['12a34', /\d/], 'a'], ['trim', [undefined], ''], ['trim', ['\\a\\', '\\'], 'a'],
    ['ltrim', [' a '], 'a '], ['ltrim', ['-a-', '-'], 'a-'], ['rtrim', [' a '], ' a'], ['rtrim', ['-a-', '-'], '-a'],
    ['capitalize', ['fOO bar'], 'FOO bar'], ['capitalize', ['fOO bar', true], 'Foo bar'], ['capitalize', [''], ''],
    ['stripTags', ['a <b class="c">d</b><br/> e'], 'a d e'], ['stripTags', ['1 < 2'], '1 < 2'],
    ['strLeft', ['a=b=c', '='], 'a'], ['strLeft', ['abc', '='], 'abc'], ['strLeft', ['abc', ''], 'abc'],
    ['strRight', ['a=b=c', '='], 'b=c'], ['strRight', ['abc', '='], 'abc'], ['strRight', ['abc', ''], 'abc'],
    ['strRightBack', ['a=b=c', '='], 'c'], ['strRightBack', ['abc', '=='], 'abc'], ['strRightBack', ['abc', undefined], 'abc'],
    ['numberFormat', [1234567.891], '1,234,568'], ['numberFormat', [1234567.891, 2], '1,234,567.89'], ['numberFormat', [-1234.5, 1, ',', '.'], '-1.234,5'],
    ['numberFormat', [NaN], ''], ['numberFormat', [null], ''], ['numberFormat', [5, 2, ''], '5.00'], ['numberFormat', [1000, 0, '.', '$&'], '1$&000'],
    ['pad', ['a', 3], 'a  '], ['pad', ['a', 3, '-'], 'a--'], ['pad', ['a', 3, '-', 'left'], '--a'], ['pad', ['a', 4, '-', 'both'], '--a-'], ['pad', ['abc', 2], 'abc'], ['pad', ['a', 'x'], 'a'], ['pad', ['a', 3, ''], 'a  '],
    ['lrpad', ['a', 3, '-'], '-a-'], ['lrpad', ['a', 4], '  a '], ['lrpad', ['abc', 1], 'abc']
  ] as const) t.equal(call(name, ...values), expected, `${name}(${values.map(String).join()})`)
  t.strictSame(Object.keys(s).length, 12)
  t.end()
})
