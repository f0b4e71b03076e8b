import fc from 'fast-check'
import { test } from 'tap'
import { indexMember, RedisKeys, urlMembers } from '../../../lib/stores/redis-keys.ts'
import { incomingRecord, outgoingRecord } from '../../support/integrations.ts'
import { hash } from '../../support/redis-consistency.ts'

/** Texts made to be taken for the parts of other keys. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(
    'a', ':', '::', '*', '\0', '\r\n', '{', '}', '{w}', 'changes', 'integration', 'type', 'creator', 'url', 'by-name',
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
  t.equal(keys.targetUrl('http://host/'), `{chat}:url:${hash('http://host/')}`)
  t.equal(keys.targetUrl('http://host/').length, '{chat}:url:'.length + 22, 'as long for every URL')
})

test('never builds the same key for two things', async (t) => {
  const keys = new RedisKeys('w')
  const all = (text: string): string[] => [
    keys.changes,
    keys.record(text),
    keys.targetUrl(text),
    ...(['webhook-incoming', 'webhook-outgoing'] as const).flatMap((type) => (['creation', 'name'] as const).flatMap((order) => [
      keys.index({ type }, order), keys.index({ type, creatorId: text }, order)
    ]))
  ]
  fc.assert(fc.property(hostile, hostile, (one, other) => {
    const built = one === other ? all(one) : [...all(one), ...all(other)]
    // The changes and the four sets of the types belong to the workspace, whatever the text is.
    const common = one === other ? 0 : 5
    return new Set(built.map((key) => Buffer.from(key).toString('hex'))).size === built.length - common
  }), { seed: 1, numRuns: 1000 })
  t.pass()
})

test('names sort in any case, then by _id', async (t) => {
  t.equal(indexMember(incomingRecord({ name: 'Test Hook', _id: 'id1' }), 'name'), 'test hook\0id1')
  const inOrder = [
    incomingRecord({ name: '', _id: '9' }),
    incomingRecord({ name: 'A', _id: '1' }),
    incomingRecord({ name: 'a', _id: '2' }),
    incomingRecord({ name: 'a b', _id: '0' }),
    incomingRecord({ name: 'AB', _id: '0' }),
    incomingRecord({ name: 'É', _id: '0' })
  ].map((record) => Buffer.from(indexMember(record, 'name')))
  t.strictSame([...inOrder].sort(Buffer.compare), inOrder)
})

test('a name member gives back the _id, whatever the name is', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => {
    const member = indexMember(incomingRecord({ name, _id: 'theId' }), 'name')
    return member.slice(member.lastIndexOf('\0') + 1) === 'theId'
  }), { seed: 1, numRuns: 300 })
  t.pass()
})

test('URL members name the oldest first, of all and of each creator', async (t) => {
  const record = outgoingRecord({
    _id: 'id1', _createdAt: '2017-01-06T13:23:46.018Z', _createdBy: { _id: 'u1', username: 'one' }
  })
  const age = Date.parse('2017-01-06T13:23:46.018Z').toString(36).padStart(9, '0')
  t.strictSame(urlMembers(record), [`*:${age}:id1`, `${hash('u1')}:${age}:id1`])

  const instants = fc.date({ min: new Date(0), max: new Date('5000-01-01T00:00:00Z'), noInvalidDate: true })
  fc.assert(fc.property(instants, instants, (one, other) => {
    const [ofOne] = urlMembers(outgoingRecord({ _createdAt: one.toISOString(), _id: 'same' }))
    const [ofOther] = urlMembers(outgoingRecord({ _createdAt: other.toISOString(), _id: 'same' }))
    return Math.sign(Buffer.compare(Buffer.from(ofOne), Buffer.from(ofOther))) === Math.sign(one.getTime() - other.getTime())
  }), { seed: 1, numRuns: 500 })
})
