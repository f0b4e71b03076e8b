import fc from 'fast-check'
import { test } from 'tap'
import { idOfMember, indexMember, RedisKeys, targetUrlMembers, targetUrlRange } from '../../../../lib/stores/redis/keys.ts'
import { incomingRecord, outgoingRecord } from '../../../support/integrations.ts'
import { hash } from '../../../support/redis-consistency.ts'

/** Texts made to be taken for the parts of other keys. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(
    'a', ':', '::', '*', '\0', '\r\n', '{', '}', '{w}', 'changes', 'integration', 'type', 'creator', 'target-urls', 'by-name', '\ud83d',
    'by-creation', 'webhook-incoming', 'webhook-outgoing'
  ), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.array(fc.constantFrom('a', 'webhook-incoming', 'by-name', 'by-creation', ''), { maxLength: 4 }).map((parts) => parts.join(':'))
)

test('builds the keys that the documentation of RedisStore lists', async (t) => {
  const keys = new RedisKeys('chat')
  t.equal(keys.changes, '{chat}:changes')
  t.equal(keys.record('3aazpZ2WzoBP8msi9'), '{chat}:integration:3aazpZ2WzoBP8msi9')
  t.equal(keys.index({ type: 'webhook-incoming' }, 'creation'), '{chat}:type:webhook-incoming:by-creation')
  t.equal(keys.index({ type: 'webhook-outgoing' }, 'name'), '{chat}:type:webhook-outgoing:by-name')
  t.equal(keys.index({ type: 'webhook-outgoing', creatorId: 'u1' }, 'creation'), '{chat}:creator:u1:webhook-outgoing:by-creation')
  t.equal(keys.index({ type: 'webhook-incoming', creatorId: 'u1' }, 'name'), '{chat}:creator:u1:webhook-incoming:by-name')
  t.equal(keys.targetUrls, '{chat}:target-urls')
  t.equal(keys.history('3aazpZ2WzoBP8msi9'), '{chat}:history:3aazpZ2WzoBP8msi9')
  t.equal(keys.historyPlaces('3aazpZ2WzoBP8msi9'), '{chat}:history-places:3aazpZ2WzoBP8msi9')
})

test('never builds the same key for two things', async (t) => {
  const keys = new RedisKeys('w')
  const all = (text: string): string[] => [
    keys.changes,
    keys.record(text),
    keys.history(text),
    keys.historyPlaces(text),
    keys.targetUrls,
    ...(['webhook-incoming', 'webhook-outgoing'] as const).flatMap((type) => (['creation', 'name'] as const).flatMap((order) => [
      keys.index({ type }, order), keys.index({ type, creatorId: text }, order)
    ]))
  ]
  fc.assert(fc.property(hostile, hostile, (one, other) => {
    const built = one === other ? all(one) : [...all(one), ...all(other)]
    // The changes, the target URLs and the four sets of the types belong to the workspace, whatever the text is.
    const common = one === other ? 0 : 6
    return new Set(built.map((key) => Buffer.from(key).toString('hex'))).size === built.length - common
  }), { seed: 1, numRuns: 1000 })
  t.pass()
})

test('names sort in any case, then by time, then by _id', async (t) => {
  t.match(indexMember(incomingRecord({ name: 'Test Hook', _id: 'id1' }), 'name'), /^test hook\0[0-9a-z]{9}:id1$/)
  const inOrder = [
    incomingRecord({ name: '', _id: '9' }),
    incomingRecord({ name: 'A', _id: '1' }),
    incomingRecord({ name: 'a', _id: '2' }),
    incomingRecord({ name: 'A', _id: '0', _createdAt: '2018-01-06T13:23:46.018Z' }),
    incomingRecord({ name: 'a b', _id: '0' }),
    incomingRecord({ name: 'AB', _id: '0' }),
    incomingRecord({ name: 'É', _id: '0' })
  ].map((record) => Buffer.from(indexMember(record, 'name')))
  t.strictSame([...inOrder].sort(Buffer.compare), inOrder)
})

test('a name member gives back the _id, whatever the name is', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => {
    const member = indexMember(incomingRecord({ name, _id: 'theId' }), 'name')
    return idOfMember(member) === 'theId'
  }), { seed: 1, numRuns: 300 })
  t.pass()
})

test('creation sorts like the time, then by _id', async (t) => {
  const at = (_createdAt: string, _id: string): Buffer => Buffer.from(indexMember(incomingRecord({ _createdAt, _id }), 'creation'))
  const inOrder = [
    at('1970-01-01T00:00:00.000Z', 'b'),
    at('1970-01-01T00:00:00.001Z', 'a'),
    at('2017-01-06T13:23:46.018Z', 'A'),
    at('2017-01-06T13:23:46.018Z', 'a'),
    at('2017-01-06T13:23:46.019Z', 'A'),
    at('2999-12-31T23:59:59.999Z', 'A')
  ]
  t.strictSame([...inOrder].sort(Buffer.compare), inOrder)
})

test('texts that UTF-8 cannot tell apart get keys of their own', async (t) => {
  const keys = new RedisKeys('w')
  const texts = ['\ud800', '\ud801', '\ufffd', '\0', '\0ANg', '\0AAA', '']
  const distinct = (built: string[]): number => new Set(built.map((text) => Buffer.from(text).toString())).size
  t.equal(distinct(texts.map((_id) => keys.record(_id))), texts.length)
  t.equal(distinct(texts.map((creatorId) => keys.index({ type: 'webhook-incoming', creatorId }, 'name'))), texts.length)
  t.equal(distinct(texts.flatMap((url) => targetUrlMembers(outgoingRecord({ urls: [url] })))), texts.length)
})

test('a member for each target URL, in the range of the URL and in that of its creator', async (t) => {
  const record = outgoingRecord({
    _id: 'id1', urls: ['http://a/', 'http://b/', 'http://a/'], _createdAt: '2017-01-06T13:23:46.018Z', _createdBy: { _id: 'u1', username: 'one' }
  })
  const age = Date.parse('2017-01-06T13:23:46.018Z').toString(36).padStart(9, '0')
  const members = ['http://a/', 'http://b/'].map((url) => `${hash(url, 12)}:${hash('u1', 8)}:${age}:id1`)
  t.strictSame(targetUrlMembers(record), members)
  t.strictSame(targetUrlMembers(incomingRecord()), [])

  const texts = fc.constantFrom('http://a/', 'http://b/', 'http://c/', '', '\ud800')
  fc.assert(fc.property(texts, texts, texts, texts, (url, creator, wantedUrl, wantedCreator) => {
    const [member = ''] = targetUrlMembers(outgoingRecord({ urls: [url], _createdBy: { _id: creator, username: 'u' } }))
    const isIn = (creatorId: string | undefined): boolean => {
      const { from, to } = targetUrlRange(wantedUrl, { type: 'webhook-outgoing', ...(creatorId !== undefined && { creatorId }) })
      return member >= from.slice(1) && member < to.slice(1)
    }
    return isIn(undefined) === (url === wantedUrl) && isIn(wantedCreator) === (url === wantedUrl && creator === wantedCreator)
  }), { seed: 1, numRuns: 500 })
})
