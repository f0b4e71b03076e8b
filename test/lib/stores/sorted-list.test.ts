import assert from 'node:assert/strict'
import { test } from 'tap'
import { SortedList } from '../../../lib/stores/sorted-list.ts'

/** Numbers that are mixed and the same in every run. */
function * mixed (count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield (index * 7919) % count
}

const keyOf = (number: number): string => String(number).padStart(6, '0')

test('is in order while entries come and go', async (t) => {
  const list = new SortedList<{ key: string }>()
  const count = 6007
  const present = new Set<string>()
  const check = (): void => {
    const expected = [...present].sort()
    assert.equal(list.size, expected.length)
    assert.deepEqual(list.slice(0, list.size).map(({ key }) => key), expected)
    for (let place = 0; place < expected.length; place += 97) {
      const key = expected[place] ?? ''
      assert.equal(list.rankOf(key), place)
      assert.equal(list.rankOf(`${key}x`), place + 1)
      assert.equal(list.firstFrom(key)?.key, key)
      assert.equal(list.firstFrom(`${key}x`)?.key, expected[place + 1])
      assert.deepEqual(list.slice(place, place + 3).map(({ key }) => key), expected.slice(place, place + 3))
    }
  }
  check()
  let step = 0
  for (const number of mixed(count)) {
    list.add({ key: keyOf(number) })
    present.add(keyOf(number))
    if (++step % 1500 === 0) check()
  }
  check()
  for (const number of mixed(count)) {
    if (number % 3 === 0) continue
    list.delete(keyOf(number))
    present.delete(keyOf(number))
  }
  check()
  list.delete('not there')
  for (const key of [...present]) {
    list.delete(key)
    present.delete(key)
  }
  check()
  list.add({ key: 'again' })
  t.equal(list.firstFrom('')?.key, 'again')
  t.equal(list.firstFrom('b'), undefined)
})
