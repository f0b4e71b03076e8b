import { test } from 'tap'
import { headerValue } from '../../../lib/incoming/content-type.ts'

test('a header with parameters', async (t) => {
  for (const [header, value, parameters] of [
    [undefined, '', {}],
    ['', '', {}],
    ['Application/JSON', 'application/json', {}],
    ['application/json;charset=UTF-8', 'application/json', { charset: 'UTF-8' }],
    ['application/json ; Charset = "utf-8" ; x=1', 'application/json', { charset: 'utf-8', x: '1' }],
    ['a/b;;charset=x;', 'a/b', { charset: 'x' }],
    ['a/b; no value; charset=x', 'a/b', { charset: 'x' }],
    ['a/b; charset=x; charset=y', 'a/b', { charset: 'x' }],
    ['a/b, c/d', 'a/b', {}],
    ['multipart/form-data; boundary="a;b=\\"c\\\\"', 'multipart/form-data', { boundary: 'a;b="c\\' }],
    ['multipart/form-data; boundary="open', 'multipart/form-data', { boundary: 'open' }],
    ['form-data; name="a"; filename="C:\\b.txt"', 'form-data', { name: 'a', filename: 'C:\\b.txt' }],
    ['a/b; __proto__=x', 'a/b', { ['__proto__']: 'x' }]
  ] as const) {
    const read = headerValue(header)
    t.equal(read.value, value, String(header))
    t.strictSame(Object.entries(read.parameters), Object.entries(parameters), String(header))
  }
})

test('a header of nothing but parameters takes no time', async (t) => {
  t.equal(Object.keys(headerValue(`a/b${';a=1;b="2"'.repeat(2_000)}`).parameters).length, 2)
  t.strictSame({ ...headerValue(`a/b${';'.repeat(20_000)}`).parameters }, {})
})
