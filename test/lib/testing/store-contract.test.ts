import { test } from 'tap'
import {
  type IdempotencyClaim, type InsertConditions, type InsertOutcome, type Integration, type IntegrationStore, MemoryStore, type PortCall
} from '../../../lib/index.ts'
import { storeContract, type StoreUnderTest } from '../../../lib/testing.ts'
import { patient } from '../../support/integrations.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'
import { storeWith } from '../../support/store-with.ts'
import { unchecked } from '../../support/unchecked.ts'

/** MemoryStore with a mistake in some of its methods. */
function broken (methods: (inner: MemoryStore) => Partial<IntegrationStore>): () => StoreUnderTest {
  return () => {
    const inner = new MemoryStore()
    return { store: storeWith({ persistent: false, ...methods(inner) }, inner) }
  }
}

type Insert = [integration: Integration, conditions: InsertConditions, call: PortCall]

const mistakes: ReadonlyArray<Mistake<StoreUnderTest>> = [
  ['it is persistent and cannot be opened again', broken(() => ({ persistent: true })), 'records: the store says whether it is persistent'],
  ['it loses a field', broken((inner) => ({
    insert: (...[{ alias, ...integration }, ...rest]: Insert) => inner.insert(integration, ...rest)
  })), 'records: an inserted integration is found'],
  ['it keeps texts as UTF-8', broken((inner) => ({
    insert: (...[integration, ...rest]: Insert) => inner.insert({ ...integration, name: Buffer.from(integration.name).toString() }, ...rest)
  })), 'records: every text is kept unchanged'],
  ['it compares an _id in any case', broken((inner) => ({ find: (id) => inner.find(id.toLowerCase()) })),
    'records: integrations stay apart, whatever characters their _id has'],
  ['it drops empty lists', broken((inner) => ({
    insert (...[integration, ...rest]: Insert) {
      const filled = Object.entries(integration).filter(([, value]) => !Array.isArray(value) || value.length > 0)
      return inner.insert(unchecked(Object.fromEntries(filled)), ...rest)
    }
  })), 'records: empty lists, long numbers and fields of a later version are kept'],
  ['it changes the inserted object', broken((inner) => ({
    insert (...[integration, ...rest]: Insert) {
      integration.channel.sort()
      integration.channel.push('#added')
      return inner.insert(integration, ...rest)
    }
  })), 'records: the store does not change the inserted object'],
  ['it looks for the _id and inserts in two steps', broken((inner) => ({
    async insert (...[integration, conditions, call]: Insert) {
      if (inner.find(integration._id) !== null) throw new Error('taken')
      await new Promise(setImmediate)
      const taken = inner.find(integration._id)
      if (taken !== null) inner.remove(taken, call)
      return inner.insert(integration, conditions, call)
    }
  })), 'insert: one of many inserts of the same _id succeeds'],
  ['it drops inserts beyond a hundred at once', broken((inner) => {
    let underWay = 0
    return {
      async insert (...insert: Insert) {
        if (underWay === 100) return 'inserted'
        underWay++
        await new Promise(setImmediate)
        underWay--
        return inner.insert(...insert)
      }
    }
  }), 'insert: many integrations are inserted at once'],
  ['it does not compare fingerprints', broken((inner) => ({
    claim (claim, call) {
      const known = inner.claim(claim, call)
      return known === null ? null : { ...known, fingerprint: claim.fingerprint }
    }
  })), 'idempotency: a key can be claimed once'],
  ['it trims the answer', broken((inner) => ({
    insert: (...[integration, { once, ...conditions }, call]: Insert) => inner.insert(integration, {
      ...conditions, ...(once !== undefined && { once: { ...once, answer: once.answer.trim() } })
    }, call)
  })), 'idempotency: an insert notes the answer, and every text is kept unchanged'],
  ['it says that it noted the answer of a claim that is lost', broken((inner) => ({
    settle (...settle) {
      inner.settle(...settle)
      return true
    }
  })), 'idempotency: settle notes an answer without an insert, only with a claim that is held'],
  ['it keeps an answer as long as a claim', broken((inner) => ({
    claim: (claim, call) => inner.claim({ ...claim, keptFor: claim.lapsesAfter }, call),
    insert: (...[integration, { once, ...conditions }, call]: Insert) => inner.insert(integration, {
      ...conditions, ...(once !== undefined && { once: { ...once, claim: { ...once.claim, keptFor: once.claim.lapsesAfter } } })
    }, call)
  })), 'idempotency: an answer is kept for keptFor, and its claim can no longer be released'],
  ['it releases the claim when the _id is taken', broken((inner) => ({
    insert (...[integration, conditions, call]: Insert) {
      if (inner.find(integration._id) !== null && conditions.once !== undefined) inner.release(conditions.once.claim)
      return inner.insert(integration, conditions, call)
    }
  })), 'idempotency: an insert of a taken _id leaves the claim held'],
  ['it claims for a caller that gave up', broken((inner) => ({ claim: (claim) => inner.claim(claim, patient) })),
    'idempotency: no claim, insert or settle starts for a caller that gave up'],
  ['it stops looking for names after a thousand', broken((inner) => ({
    async list (query) {
      const page = await inner.list(query)
      return query.nameContains === undefined ? page : { ...page, total: Math.min(page.total, 1000) }
    }
  })), 'lists: names are found among thousands, in both orders and directions'],
  ['it cuts a long text', broken((inner) => ({
    insert: (...[integration, ...rest]: Insert) => inner.insert(
      integration.script === undefined ? integration : { ...integration, script: integration.script.slice(0, 65_536) }, ...rest)
  })), 'records: a long script is kept'],
  ['it folds an _id', broken((inner) => ({ find: (id) => inner.find(id.trim()) })), 'records: find answers null for an unknown _id'],
  ['it shares the object', broken((inner) => {
    const shared = new Map<string, Integration>()
    return {
      insert (...[integration, conditions, call]: Insert): InsertOutcome {
        shared.set(integration._id, integration)
        return inner.insert(integration, conditions, call)
      },
      find (id) {
        const stored = inner.find(id)
        return stored === null ? null : { ...stored, integration: shared.get(id) ?? stored.integration }
      }
    }
  }), 'records: the store shares no object with its caller'],
  ['it overwrites a taken _id', broken((inner) => ({
    insert (...[integration, conditions, call]: Insert): InsertOutcome {
      const taken = inner.find(integration._id)
      if (taken !== null) inner.remove(taken, call)
      return inner.insert(integration, conditions, call)
    }
  })), 'insert: a second integration with the same _id is refused'],
  ['it does not limit a creator', broken((inner) => ({
    insert: (...[integration, { mostOfCreator, ...conditions }, call]: Insert) => inner.insert(integration, conditions, call)
  })), 'insert: a creator has no more integrations of each type than mostOfCreator'],
  ['it writes for a caller that gave up', broken((inner) => ({
    insert: (...[integration, conditions]: Insert) => inner.insert(integration, conditions, patient)
  })), 'insert: no insert starts for a caller that gave up'],
  ['its instances share nothing', () => ({ store: storeWith({ persistent: true }), reopen: () => new MemoryStore() }),
    'insert: every instance finds an integration as soon as another instance inserted it'],
  ['it checks and claims in two steps', broken((inner) => ({
    async claim (claim, call) {
      const known = inner.claim({ ...claim, lapsesAfter: -1 }, call)
      await new Promise(setImmediate)
      if (known === null) inner.claim(claim, call)
      return known
    }
  })), 'idempotency: one of many claims of the same key succeeds'],
  ['it inserts without the claim', broken((inner) => ({
    insert: (...[integration, { once, ...conditions }, call]: Insert) => inner.insert(integration, conditions, call)
  })), 'idempotency: an insert needs a claim that is held'],
  ['it releases the claim of another request', broken((inner) => {
    const tokens = new Map<string, string>()
    return {
      claim (claim, call) {
        const known = inner.claim(claim, call)
        if (known === null) tokens.set(claim.key, claim.token)
        return known
      },
      release: (claim: IdempotencyClaim) => inner.release({ ...claim, token: tokens.get(claim.key) ?? claim.token })
    }
  }), 'idempotency: a claim that was released or has lapsed makes room for the next one'],
  ['it lists names in the order of their UTF-16 code units', broken((inner) => ({
    async list (query) {
      if (query.sortBy === 'creation' || query.nameContains !== undefined) return await inner.list(query)
      const { integrations, total } = await inner.list({ ...query, offset: 0, count: 10_000 })
      const key = ({ name, _createdAt, _id }: Integration): string => `${name.toLowerCase()}\0${_createdAt}${_id}`
      const sorted = integrations.toSorted((a, b) => key(a) < key(b) ? -1 : 1)
      if (query.descending) sorted.reverse()
      return { integrations: sorted.slice(query.offset, query.offset + query.count), total }
    }
  })), 'lists: every order, direction, set of scopes, filter and page is as a filter and a sort make it'],
  ['it finds no integration by URL', broken(() => ({ findByTargetUrl: () => null })), 'lists: findByTargetUrl answers the oldest integration of the scope'],
  ['it has no limit of bytes', broken((inner) => ({ list: ({ maxBytes, ...query }, call) => inner.list(query, call) })),
    'lists: a page larger than maxBytes says how many integrations fit'],
  ['it changes any state', broken((inner) => ({
    replace: (previous, next, call) => inner.replace(inner.find(next._id) ?? previous, next, call)
  })), 'changes: replace and remove change only the state that was read'],
  ['it checks and removes in two steps', broken((inner) => ({
    async remove (previous, call) {
      const isSame = inner.find(previous.integration._id)?.revision === previous.revision
      await new Promise(setImmediate)
      if (isSame) inner.remove(previous, call)
      return isSame
    }
  })), 'changes: one of many changes of the same state succeeds'],
  ['it replaces for a caller that gave up', broken((inner) => ({ replace: (previous, next) => inner.replace(previous, next, patient) })),
    'changes: no replace or remove starts for a caller that gave up']
]

test('a store without a mistake passes every case, all at the same time', (t) =>
  passesAtOnce(t, storeContract, () => ({ store: new MemoryStore() })))

test('the suite of stores finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, storeContract, mistakes)
  t.strictSame(casesWithoutMistake(storeContract, mistakes), [])
})
