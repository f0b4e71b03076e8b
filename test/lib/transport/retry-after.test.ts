import { test } from 'tap'
import { retryAfter } from '../../../lib/transport/retry-after.ts'

const now = Date.parse('1994-11-06T08:49:00Z')
const day = 24 * 60 * 60 * 1000

test('seconds and dates, at most a day', async (t) => {
  const cases: ReadonlyArray<[header: string, milliseconds: number | undefined]> = [
    ['120', 120_000], [' 5 ', 5000], ['0', 0], ['1.5', 1500], ['31536000', day], ['9'.repeat(400), day],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000], ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000], ['Sun Nov  6 08:49:37 1994', 37_000],
    ['1994-11-06T08:49:37Z', 37_000], ['Sun, 06 Nov 1994 08:00:00 GMT', 0], ['Fri, 31 Dec 9999 23:59:59 GMT', day],
    ['-5', undefined], ['', undefined], ['soon', undefined], ['1e9', undefined], ['0x10', undefined], ['2h', undefined], ['NaN', undefined],
    ['Infinity', undefined], ['Monday 12', undefined], ['1994', 1994_000], ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
    [`Sun, ${'('.repeat(10_000)} 08:49:37 GMT`, undefined]
  ]
  for (const [header, milliseconds] of cases) t.equal(retryAfter(header, now), milliseconds, header.slice(0, 40))
  t.equal(retryAfter(['7', '9'], now), 7000, 'the first of several')
  t.equal(retryAfter(undefined, now), undefined)
})
