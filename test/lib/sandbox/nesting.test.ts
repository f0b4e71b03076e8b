import { test } from 'tap'
import { isDeeper } from '../../../lib/sandbox/nesting.ts'

test('levels of nesting are counted outside of texts', (t) => {
  for (const [value, depth] of [
    [1, 0], ['[[[[', 0], [[], 1], [[[], [[]]], 3], [{ '[{': '\\"[[' }, 1], [{ a: { b: [] } }, 3], [['\\', [], '"['], 2]
  ] as const) {
    const json = JSON.stringify(value)
    t.notOk(isDeeper(json, depth), json)
    if (depth > 0) t.ok(isDeeper(json, depth - 1), json)
  }
  t.end()
})
