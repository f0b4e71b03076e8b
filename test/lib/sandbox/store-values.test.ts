import { test } from 'tap'
import { StoreValues } from '../../../lib/sandbox/store-values.ts'

const roomy = { keys: 100, bytes: 1000 }

test('only changes are told', (t) => {
  const values = new StoreValues(new Map([['a', '1'], ['b', '2'], ['c', '3']]), roomy)
  t.equal(values.set('a', '5'), undefined)
  t.equal(values.set('b', undefined), undefined)
  t.equal(values.set('d', '4'), undefined)
  t.equal(values.set('e', '4'), undefined)
  t.equal(values.set('e', undefined), undefined)
  t.strictSame(['a', 'b', 'c', 'd', 'e', '__proto__'].map((key) => values.get(key)), ['5', undefined, '3', '4', undefined, undefined])
  t.strictSame(values.changes, [['a', '5'], ['b', undefined], ['d', '4']], 'a value that came and went leaves nothing')
  t.end()
})

test('keys and bytes are bounded', (t) => {
  const values = new StoreValues(new Map([['a', '"é"']]), { keys: 2, bytes: 10 })
  t.match(values.set('b', '123456'), /more than 10 bytes/)
  t.equal(values.set('b', '1234'), undefined, 'ten bytes')
  t.match(values.set('c', '1'), /holds 2 keys/)
  t.match(values.set('a', '"éa"'), /more than 10 bytes/)
  t.equal(values.set('a', '"aa"'), undefined, 'the old value takes no room')
  t.equal(values.set('b', undefined), undefined)
  t.equal(values.set('c', '1234'), undefined)
  t.strictSame(values.changes, [['a', '"aa"'], ['c', '1234']], 'what was refused is no change')
  t.end()
})

test('values that take too much already can be removed', (t) => {
  const values = new StoreValues(new Map([['a', '"long"'], ['b', '"long"']]), { keys: 1, bytes: 8 })
  t.match(values.set('a', '"longer"'), /more than 8 bytes/)
  t.equal(values.set('a', undefined), undefined)
  t.equal(values.set('b', '1'), undefined)
  t.end()
})
