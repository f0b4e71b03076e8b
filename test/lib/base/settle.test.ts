import { test } from 'tap'
import { allOf, settle } from '../../../lib/base/settle.ts'

const fail = (): never => { throw new Error('no') }
const describe = (ask: () => number | Promise<number>): unknown => settle(ask, (answer) => `answer ${answer}`, (error) => String(error))

test('settle answers at once, or later, as it is answered', async (t) => {
  t.equal(describe(() => 1), 'answer 1')
  t.equal(describe(fail), 'Error: no')
  for (const [ask, expected] of [[async () => 2, 'answer 2'], [async () => fail(), 'Error: no']] as const) {
    const later = describe(ask)
    t.type(later, Promise)
    t.equal(await later, expected)
  }
})

test('all answers are there at once, or later, in order', async (t) => {
  t.strictSame(allOf([]), [])
  t.strictSame(allOf([1, 2]), [1, 2])
  const later = allOf([1, Promise.resolve(2), 3])
  t.type(later, Promise)
  t.strictSame(await later, [1, 2, 3])
  await t.rejects(async () => await allOf([1, Promise.reject(new Error('no'))]), /no/)
})
