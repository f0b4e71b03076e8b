import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import type { HistoryStore } from '../../../lib/ports/history.ts'
import { MemoryHistory } from '../../../lib/stores/memory/history.ts'
import { historyContract, type CreateBounded, type HistoryUnderTest } from '../../../lib/testing.ts'
import type { HistoryEntry } from '../../../schemas/history.ts'
import { patient } from '../../support/integrations.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce, type Suite } from '../../support/run-contract.ts'
import { unchecked } from '../../support/unchecked.ts'

/** MemoryHistory with a mistake in some of its methods. */
function broken (methods: (inner: MemoryHistory) => Partial<HistoryStore>): () => HistoryUnderTest {
  return () => {
    const inner = new MemoryHistory()
    return {
      history: {
        append: (entry, call) => inner.append(entry, call),
        list: (integrationId, query) => inner.list(integrationId, query),
        get: (integrationId, historyId) => inner.get(integrationId, historyId),
        clear: (integrationId) => inner.clear(integrationId),
        ...methods(inner)
      }
    }
  }
}

/** Writes an entry as the newest, whatever is there: the order of `_updatedAt` does not count. */
function force (inner: MemoryHistory, entry: HistoryEntry): void {
  const { entries } = inner.list(entry.integration._id, { offset: 0, count: 1000 })
  inner.clear(entry.integration._id)
  for (const other of entries.toReversed()) if (other._id !== entry._id) inner.append(other, patient)
  inner.append(entry, patient)
}

const mistakes: ReadonlyArray<Mistake<HistoryUnderTest>> = [
  ['an unknown entry is undefined', broken((inner) => ({
    get: (integrationId, historyId) => unchecked(inner.get(integrationId, historyId) ?? undefined)
  })), 'history: an empty history has no entries'],
  ['a field is lost', broken((inner) => ({ append: ({ notes, ...entry }, call) => inner.append(entry, call) })),
    'history: every field is kept as it was appended'],
  ['the oldest entry comes first', broken((inner) => ({
    list (integrationId, { offset, count }) {
      const { entries, total } = inner.list(integrationId, { offset: 0, count: 1000 })
      return { entries: entries.toReversed().slice(offset, offset + count), total }
    }
  })), 'history: a list begins with the newest entry and is read in parts'],
  ['the total is that of the part', broken((inner) => ({
    list (integrationId, query) {
      const { entries } = inner.list(integrationId, query)
      return { entries, total: entries.length }
    }
  })), 'history: a list begins with the newest entry and is read in parts'],
  ['an earlier state that comes late replaces the later one', broken((inner) => ({ append: (entry) => { force(inner, entry) } })),
    'history: an entry replaces an earlier state of itself and is then the newest'],
  ['an entry that is replaced keeps its place', broken((inner) => ({
    append (entry, call) {
      const { entries } = inner.list(entry.integration._id, { offset: 0, count: 1000 })
      inner.append(entry, call)
      const at = entries.findIndex(({ _id }) => _id === entry._id)
      for (const later of entries.slice(0, Math.max(at, 0)).toReversed()) inner.append(later, call)
    }
  })), 'history: an entry replaces an earlier state of itself and is then the newest'],
  ['it compares and writes in two steps', broken((inner) => ({
    async append (entry) {
      const known = inner.get(entry.integration._id, entry._id)
      await nextTurn()
      if (known === null || known._updatedAt <= entry._updatedAt) force(inner, entry)
    }
  })), 'history: the latest of many states that come at once is kept'],
  ['entries are found by their _id only', broken((inner) => {
    const entries = new Map<string, HistoryEntry>()
    return {
      append (entry, call) {
        entries.set(entry._id, entry)
        inner.append(entry, call)
      },
      get: (_, historyId) => entries.get(historyId) ?? null
    }
  }), 'history: the same _id of another integration is another entry'],
  ['clear forgets every integration', broken((inner) => ({
    clear: () => { for (const integrationId of ['a', 'b']) inner.clear(integrationId) }
  })), 'history: clear forgets the entries of one integration'],
  ['clear forgets nothing', broken(() => ({ clear: () => {} })), 'history: clear forgets the entries of one integration'],
  ['identifiers are folded', broken((inner) => ({
    append: (entry, call) => inner.append({ ...entry, integration: { _id: entry.integration._id.toLowerCase() } }, call)
  })), 'history: entries stay apart, whatever characters their identifiers have'],
  ['a character is lost', broken((inner) => ({
    append: ({ httpResult, ...entry }, call) => inner.append({
      ...entry, ...(httpResult !== undefined && { httpResult: httpResult.replaceAll('\0', '') })
    }, call)
  })), 'history: any JSON data and any text are kept unchanged'],
  ['a found object is shared', broken((inner) => {
    const found = new Map<string, HistoryEntry | null>()
    return {
      get (integrationId, historyId) {
        const entry = found.get(historyId) ?? inner.get(integrationId, historyId)
        found.set(historyId, entry)
        return entry
      }
    }
  }), 'history: the history shares no object with its caller'],
  ['it writes for a caller that gave up', broken((inner) => ({ append: (entry) => { inner.append(entry, patient) } })),
    'history: no append starts for a caller that gave up'],
  ['it reads and writes a list in two steps', broken((inner) => ({
    async append (entry, call) {
      const { entries } = inner.list('a', { offset: 0, count: 1000 })
      await nextTurn()
      inner.clear('a')
      for (const other of entries.toReversed()) inner.append(other, call)
      inner.append(entry, call)
    }
  })), 'history: many entries are appended at once'],
  ['its instances share nothing', () => ({ history: new MemoryHistory(), reopen: () => new MemoryHistory() }),
    'history: every instance finds an entry as soon as another instance appended it']
]

/** The suite with the cases about bounds. */
function boundedBy (createBounded: CreateBounded): Suite<HistoryUnderTest> {
  return (options) => historyContract({ ...options, createBounded })
}

const memory = (): HistoryUnderTest => ({ history: new MemoryHistory() })

const boundMistakes: ReadonlyArray<[mistake: string, createBounded: CreateBounded, foundBy: string]> = [
  ['the number of entries has no bound', ({ maxEntries, ...bounds }) => new MemoryHistory(bounds), 'bounds: no more than maxEntries are kept'],
  ['the number of bytes has no bound', ({ maxBytes, ...bounds }) => new MemoryHistory(bounds), 'bounds: no more than maxBytes are kept'],
  ['the bytes are half of those that are allowed', ({ maxBytes = 2 ** 20, ...bounds }) => new MemoryHistory({ ...bounds, maxBytes: maxBytes / 2 }),
    'bounds: no more than maxBytes are kept'],
  ['entries are kept for ever', ({ maxAge, ...bounds }) => new MemoryHistory(bounds), 'bounds: an entry is forgotten maxAge after its last write']
]

test('a history without a mistake passes every case, all at the same time', (t) =>
  passesAtOnce(t, boundedBy((bounds) => new MemoryHistory(bounds)), memory))

test('the suite of histories finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, historyContract, mistakes)
  t.strictSame(casesWithoutMistake(historyContract, mistakes), [])
  await Promise.all(boundMistakes.map(async ([mistake, createBounded, foundBy]) => {
    await findsMistakes(t, boundedBy(createBounded), [[mistake, memory, foundBy]])
  }))
  const all = boundedBy((bounds) => new MemoryHistory(bounds))
  t.strictSame(casesWithoutMistake(all, [...mistakes, ...boundMistakes.map(([mistake, , foundBy]) => [mistake, memory, foundBy] as const)]), [])
})
