import { test } from 'tap'
import { MemoryHistory } from '../../../../lib/stores/memory/history.ts'
import { historyContract } from '../../../contracts/history.ts'
import { entryOf } from '../../../support/history.ts'
import { patient } from '../../../support/integrations.ts'
import { unchecked } from '../../../support/unchecked.ts'

const all = { offset: 0, count: 1000 }

test('MemoryHistory keeps the contract of histories', async (t) => {
  await historyContract(t, (bounds) => ({ history: new MemoryHistory(bounds) }))
})

test('forgets the integration that was written least recently when memory is full', async (t) => {
  const history = new MemoryHistory({ maxBytes: 64 * 1024, maxTotalBytes: 256 * 1024 })
  const write = (integrationId: string, _id: string): void => {
    history.append(entryOf(integrationId, _id, { httpResult: 'x'.repeat(20_000) }), patient)
  }
  const known = (): string[] => ['a', 'b', 'c', 'd', 'e'].filter((id) => history.list(id, all).total > 0)
  for (const integrationId of ['a', 'b', 'c', 'd']) for (const _id of ['1', '2', '3']) write(integrationId, _id)
  t.strictSame(known(), ['a', 'b', 'c', 'd'], 'twelve entries fit')
  write('a', '4')
  write('e', '1')
  t.strictSame(known(), ['a', 'c', 'd', 'e'], 'all of the one that was written first, and not since')
  t.equal(history.list('c', all).total, 3)
  history.clear('c')
  for (const _id of ['2', '3']) write('e', _id)
  t.strictSame(known(), ['a', 'd', 'e'], 'what was cleared makes room')
})

test('a read does not keep an integration from being forgotten', async (t) => {
  const history = new MemoryHistory({ maxBytes: 32 * 1024, maxTotalBytes: 64 * 1024 })
  for (const integrationId of ['a', 'b', 'c']) {
    history.append(entryOf(integrationId, '1', { httpResult: 'x'.repeat(25_000) }), patient)
    history.list('a', all)
  }
  t.strictSame(['a', 'b', 'c'].filter((id) => history.list(id, all).total > 0), ['b', 'c'])
})

test('counts what V8 takes, of small entries and of texts in any script', async (t) => {
  const history = new MemoryHistory({ maxBytes: 1024 * 1024, maxTotalBytes: 1024 * 1024 })
  for (let number = 0; number < 10_000; number++) history.append(entryOf(String(number), '1'), patient)
  const kept = Array.from({ length: 10_000 }, (_, number) => history.list(String(number), all).total).filter((total) => total > 0).length
  t.ok(kept > 500 && kept < 2000, `a small entry counts about a kilobyte: ${kept} of them fit`)

  const twoBytes = new MemoryHistory({ maxBytes: 1024 * 1024, maxTotalBytes: 1024 * 1024 })
  for (let number = 0; number < 100; number++) twoBytes.append(entryOf(String(number), '1', { httpResult: 'я' + 'x'.repeat(16_000) }), patient)
  const held = Array.from({ length: 100 }, (_, number) => twoBytes.list(String(number), all).total).filter((total) => total > 0).length
  t.ok(held >= 28 && held <= 32, `one letter of another script doubles a text: ${held} fit`)
})

test('refuses options that are wrong', async (t) => {
  const wrong: Array<[option: string, value: unknown]> = [
    ['maxEntries', 0], ['maxEntries', 1.5], ['maxEntries', '5'], ['maxEntries', null], ['maxEntries', 10_001], ['maxBytes', 32_767],
    ['maxBytes', NaN], ['maxBytes', 2 ** 25], ['maxAge', 0], ['maxAge', Infinity], ['maxTotalBytes', 1024 * 1024 - 1], ['maxTotalBytes', '1']
  ]
  for (const [option, value] of wrong) {
    t.throws(() => new MemoryHistory(unchecked({ [option]: value })), {
      code: 'FCI_ERR_INVALID_OPTION', message: new RegExp(`option '${option}' of MemoryHistory must be an integer from `)
    }, `${option}: ${String(value)}`)
  }
  t.throws(() => new MemoryHistory(unchecked({ maxEntrys: 5 })), {
    code: 'FCI_ERR_INVALID_OPTION', message: /'maxEntrys' of MemoryHistory is not known; did you mean 'maxEntries'\?/
  })
  t.doesNotThrow(() => new MemoryHistory({ maxBytes: 16 * 1024 * 1024 }))
})
