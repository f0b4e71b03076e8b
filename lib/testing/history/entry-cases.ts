import assert from 'node:assert/strict'
import { awkwardTexts, givenUp, patient } from '../samples.ts'
import type { Cases } from '../contract.ts'
import { entriesIn, type HistoryUnderTest, idsIn, idsOf } from './history-under-test.ts'
import { entryOf, everyEntryField } from './samples.ts'

/** A history keeps the entries of each integration, the newest first. */
export const entryCases: Cases<HistoryUnderTest> = {
  async 'an empty history has no entries' (create) {
    const { history } = await create()
    assert.deepEqual({ ...await entriesIn(history, 'a') }, { entries: [], total: 0 })
    assert.equal(await history.get('a', '1', patient), null)
    await history.clear('a', patient)
    assert.equal((await entriesIn(history, 'a')).total, 0)
  },

  async 'every field is kept as it was appended' (create) {
    const { history } = await create()
    const entries = [entryOf('a', 'full', everyEntryField), entryOf('a', 'bare', { type: 'incoming-webhook' })]
    for (const entry of entries) await history.append(entry, patient)
    for (const entry of entries) assert.deepEqual(await history.get('a', entry._id, patient), entry)
    assert.deepEqual({ ...await entriesIn(history, 'a') }, { entries: entries.toReversed(), total: 2 })
  },

  async 'a list begins with the newest entry and is read in parts' (create) {
    const { history } = await create()
    const ids = Array.from({ length: 7 }, (_, number) => String(number))
    for (const id of ids) await history.append(entryOf('a', id), patient)
    await history.append(entryOf('b', 'other'), patient)
    ids.reverse()
    for (const [offset, count] of [[0, 7], [0, 3], [3, 3], [6, 3], [7, 3], [100, 3], [0, 0], [2, 0], [0, 100]] as const) {
      const { entries, total } = await history.list('a', { offset, count }, patient)
      assert.deepEqual(idsOf(entries), ids.slice(offset, offset + count), `offset ${offset}, count ${count}`)
      assert.equal(total, 7, `the total of offset ${offset}, count ${count}`)
    }
  },

  async 'an entry replaces an earlier state of itself and is then the newest' (create) {
    const { history } = await create()
    const [first, other] = [entryOf('a', 'attempt', { step: 'pre-http-call' }), entryOf('a', 'other')]
    for (const entry of [first, other]) await history.append(entry, patient)
    const later = { ...first, _updatedAt: '2017-01-06T13:23:47.000Z', step: 'after-http-call', finished: true }
    await history.append(later, patient)
    assert.deepEqual({ ...await entriesIn(history, 'a') }, { entries: [later, other], total: 2 })
    assert.deepEqual(await history.get('a', 'attempt', patient), later)

    await history.append(first, patient)
    assert.deepEqual(await history.get('a', 'attempt', patient), later, 'an earlier state that comes late changes nothing')
    const same = { ...later, step: 'too-many-retries' }
    await history.append(same, patient)
    assert.deepEqual(await history.get('a', 'attempt', patient), same, 'of two states of one millisecond, the later call counts')
    assert.equal((await entriesIn(history, 'a')).total, 2)
  },

  async 'the latest of many states that come at once is kept' (create) {
    const { history, reopen = () => history } = await create()
    const histories = [history, await reopen()]
    const states = Array.from({ length: 40 }, (_, number) =>
      entryOf('a', '1', { _updatedAt: new Date(1_483_709_026_000 + (number * 7) % 40).toISOString() }))
    await Promise.all(states.map(async (state, number) => { await histories[number % 2]?.append(state, patient) }))
    const latest = states.toSorted((a, b) => a._updatedAt < b._updatedAt ? 1 : -1)[0]
    for (const each of histories) assert.deepEqual({ ...await entriesIn(each, 'a') }, { entries: [latest], total: 1 })
  },

  async 'the same _id of another integration is another entry' (create) {
    const { history } = await create()
    for (const integrationId of ['a', 'b']) await history.append(entryOf(integrationId, '1', { step: integrationId }), patient)
    for (const integrationId of ['a', 'b']) {
      assert.equal((await history.get(integrationId, '1', patient))?.step, integrationId)
      assert.equal((await entriesIn(history, integrationId)).total, 1)
    }
    assert.equal(await history.get('c', '1', patient), null)
  },

  async 'clear forgets the entries of one integration' (create) {
    const { history } = await create()
    for (const integrationId of ['a', 'b']) await history.append(entryOf(integrationId, '1'), patient)
    await history.clear('a', patient)
    assert.deepEqual({ ...await entriesIn(history, 'a') }, { entries: [], total: 0 })
    assert.equal(await history.get('a', '1', patient), null)
    assert.equal((await entriesIn(history, 'b')).total, 1, 'another integration keeps its entries')
    await history.append(entryOf('a', '2'), patient)
    assert.deepEqual(await idsIn(history, 'a'), ['2'], 'a later entry is kept')
  },

  async 'entries stay apart, whatever characters their identifiers have' (create) {
    const { history } = await create()
    const texts = [
      ...awkwardTexts.filter((text) => text !== ''), 'bytes', ':', ':bytes', '0', '-1', 'constructor', 'a', 'a ', 'A', 'a:b', ':a',
      '\uD83D', '\uDE00', '\uD83D\uDE00', '\0', '\0PQ', '\uFFFD'
    ]
    for (const integrationId of texts) {
      for (const _id of texts) await history.append(entryOf(integrationId, _id, { step: integrationId + _id }), patient)
    }
    for (const integrationId of texts) {
      const { entries, total } = await entriesIn(history, integrationId)
      assert.deepEqual(idsOf(entries), texts.toReversed(), JSON.stringify(integrationId))
      assert.equal(total, texts.length)
      for (const _id of texts) assert.equal((await history.get(integrationId, _id, patient))?.step, integrationId + _id)
      assert.equal(await history.get(integrationId, 'unknown', patient), null)
    }
  },

  async 'any JSON data and any text are kept unchanged' (create) {
    const { history } = await create()
    const values: unknown[] = [
      ...awkwardTexts, null, false, 0, -1, 0.1, 1e21, Number.MIN_SAFE_INTEGER, [], {}, [[[]]], { list: [], nothing: {}, none: null },
      JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"":2}')
    ]
    for (const [index, data] of values.entries()) {
      const entry = entryOf('a', String(index), { data, ...(typeof data === 'string' && { httpResult: data }) })
      await history.append(entry, patient)
      assert.deepEqual(await history.get('a', entry._id, patient), entry)
    }
    const { entries } = await entriesIn(history, 'a')
    assert.deepEqual(entries.map(({ data }) => data), values.toReversed())
  },

  async 'the history shares no object with its caller' (create) {
    const { history } = await create()
    const list = ['kept']
    const entry = { ...entryOf('a', '1'), notes: list }
    await history.append(entry, patient)
    list.push('spoilt')
    const read = await history.get('a', '1', patient)
    assert.deepEqual(read?.notes, ['kept'], 'a change of the appended object does not reach the history')
    read?.notes?.push('spoilt')
    assert.deepEqual((await history.get('a', '1', patient))?.notes, ['kept'], 'a change of a found object does not reach the history')
    const [listed] = (await entriesIn(history, 'a')).entries
    listed?.notes?.push('spoilt')
    assert.deepEqual((await history.get('a', '1', patient))?.notes, ['kept'], 'a change of a listed object does not reach the history')
  },

  async 'no append starts for a caller that gave up' (create) {
    const { history } = await create()
    // Whether the call fails is not asked: nobody waits for its answer.
    await Promise.allSettled([(async () => { await history.append(entryOf('a', '1'), givenUp) })()])
    assert.equal((await entriesIn(history, 'a')).total, 0)
  },

  async 'many entries are appended at once' (create) {
    const { history } = await create()
    await Promise.all(Array.from({ length: 90 }, async (_, number) => { await history.append(entryOf('a', String(number)), patient) }))
    const { entries, total } = await entriesIn(history, 'a')
    assert.equal(total, 90)
    assert.equal(new Set(idsOf(entries)).size, 90)
  },

  async 'every instance finds an entry as soon as another instance appended it' (create) {
    const { history, reopen = () => history } = await create()
    const other = await reopen()
    await history.append(entryOf('a', '1'), patient)
    await other.append(entryOf('a', '2'), patient)
    for (const each of [history, other]) assert.deepEqual(await idsIn(each, 'a'), ['2', '1'])
    await other.clear('a', patient)
    assert.equal((await entriesIn(history, 'a')).total, 0)
  }
}
