import { test } from 'tap'
import { plainCopy } from '../../../../lib/model/input/plain.ts'
import { unchecked } from '../../../support/unchecked.ts'

test('what JSON could carry is copied, all of it', (t) => {
  const value = { a: [1, 'x', true, null, { b: [] }], length: { c: -0 }, nothing: undefined }
  const copy = unchecked<typeof value>(plainCopy(value))
  t.strictSame(copy, { a: [1, 'x', true, null, { b: [] }], length: { c: -0 } })
  t.not(copy, value)
  t.not(copy.a, value.a)
  t.notOk('nothing' in copy, 'undefined is left out')
  for (const plain of ['x', 5, true, null, undefined, []]) t.strictSame(plainCopy(plain), plain)
  t.strictSame(plainCopy(Object.assign(Object.create(null), { a: 1 })), { a: 1 }, 'an object without a prototype')
  const loaded = plainCopy(JSON.parse('{"__proto__":{"polluted":1}}'))
  t.ok(Object.hasOwn(Object(loaded), '__proto__'), 'the key __proto__ stays a key')
  t.equal(Reflect.get(Object(loaded), 'polluted'), undefined)
  t.end()
})

test('anything else is refused with its path, and none of its code runs', (t) => {
  let ran = 0
  const run = (): string => { ran++; return 'x' }
  const trap = new Proxy({}, { ownKeys: () => { ran++; return [] }, getOwnPropertyDescriptor: () => { ran++; return undefined }, getPrototypeOf: () => { ran++; return null } })
  const array = (own: object): unknown[] => Object.assign(['#general'], own)
  class Body { name = 'x' }
  for (const [value, path] of [
    [{ get name () { return run() } }, '/name'],
    // eslint-disable-next-line accessor-pairs -- the missing getter is what is tested
    [Object.defineProperty({}, 'name', { set: run, enumerable: true }), '/name'],
    [{ a: { 'b/c~': { get d () { return run() } } } }, '/a/b~1c~0/d'],
    [{ urls: array({ [Symbol.iterator]: run }) }, '/urls'],
    [{ urls: array({ map: run }) }, '/urls'],
    [{ urls: Object.defineProperty(['x'], '0', { get: run, enumerable: true }) }, '/urls/0'],
    // eslint-disable-next-line no-sparse-arrays
    [{ urls: ['x', , 'y'] }, '/urls'],
    [{ urls: new Array(4_000_000_000) }, '/urls'],
    [Object.defineProperty({}, 'name', { value: 'x', enumerable: false }), '/name'],
    [{ [Symbol('name')]: 'x' }, ''],
    [{ toJSON: run }, '/toJSON'],
    [{ name: Symbol('x') }, '/name'],
    [{ retryCount: 4n }, '/retryCount'],
    [{ a: [new Date()] }, '/a/0'],
    [{ name: Object('x') }, '/name'],
    [{ a: new Map() }, '/a'],
    [new Body(), ''],
    [Object.create(trap), ''],
    [trap, ''],
    [{ urls: new Proxy([], {}) }, '/urls'],
    [run, '']
  ] as Array<[unknown, string]>) {
    t.throws(() => plainCopy(value), { code: 'invalid-params', details: { errors: [{ path, message: String }] } }, path)
  }
  t.equal(ran, 0)
  t.end()
})

test('depth and size are bounded', (t) => {
  const circle: Record<string, unknown> = {}
  circle['a'] = circle
  t.throws(() => plainCopy(circle), { code: 'invalid-params', message: /nested more than 10 levels deep/ })
  let doubled: unknown[] = ['x']
  for (let i = 0; i < 9; i++) doubled = [doubled, doubled, doubled, doubled, doubled, doubled]
  t.throws(() => plainCopy(doubled), { code: 'invalid-params', message: /more than 10000 values/ })
  t.strictSame(plainCopy({ a: Array(9000).fill('x') }), { a: Array(9000).fill('x') })
  t.end()
})
