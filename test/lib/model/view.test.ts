import fc from 'fast-check'
import { test } from 'tap'
import { viewOf } from '../../../lib/model/view.ts'
import { internalFields } from '../../../schemas/index.ts'
import {
  anyIntegration, everyIncomingOption, everyOutgoingOption, incomingRecord, outgoingRecord, withoutIds
} from '../../support/integrations.ts'

const hookPrefix = '/chat/hooks'

test('an incoming integration has the path of its hook, where there are hook routes', (t) => {
  const record = incomingRecord(everyIncomingOption)
  t.strictSame(viewOf(record, { hookPrefix }), { ...withoutIds(record), hookPath: `/chat/hooks/${record._id}/${record.token}` })
  t.strictSame(viewOf(record, { hookPrefix: undefined }), withoutIds(record))
  t.strictSame(viewOf(outgoingRecord(everyOutgoingOption), { hookPrefix }), withoutIds(outgoingRecord(everyOutgoingOption)))
  t.end()
})

test('the path leads to ids and tokens of any kind', (t) => {
  const _id = 'a/b?c#d é'
  const token = '%2F 日本 \ud83d'
  const hookPath = Reflect.get(viewOf(incomingRecord({ _id, token }), { hookPrefix }), 'hookPath')
  const [, , , id, secret] = new URL(String(hookPath), 'http://host').pathname.split('/')
  t.equal(decodeURIComponent(id ?? ''), _id)
  t.equal(decodeURIComponent(secret ?? ''), '%2F 日本 \ufffd', 'half of a surrogate pair cannot be sent')
  t.end()
})

test('of any record the view has every field but those that the server keeps for itself', (t) => {
  fc.assert(fc.property(anyIntegration, (record) => {
    const view = viewOf({ ...record, ...{ hookPath: 'planted', unknown: 1 } }, { hookPrefix: undefined })
    t.strictSame(view, withoutIds(record))
    for (const field of internalFields) t.notOk(field in view, field)
  }))
  t.end()
})
