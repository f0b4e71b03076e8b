import { Value } from '@sinclair/typebox/value'
import { test } from 'tap'
import { messageOf } from '../../../lib/model/message/message.ts'
import { HookFailureSchema, HookResponsesSchema, HookSuccessSchema } from '../../../schemas/hooks/answers.ts'
import { AttachmentSchema } from '../../../schemas/hooks/attachment.ts'
import { HookMessageSchema } from '../../../schemas/hooks/message.ts'
import { HookPayloadSchema } from '../../../schemas/hooks/payload.ts'

test('the schemas have examples that fit', async (t) => {
  for (const schema of [HookFailureSchema, HookResponsesSchema, HookSuccessSchema, HookMessageSchema, HookPayloadSchema]) {
    t.type(schema.title, 'string')
    t.ok(schema.examples.length > 0)
    for (const example of schema.examples) t.ok(Value.Check(schema, example), String(schema.title))
  }
})

test('a message is closed, at every depth; a payload is open', async (t) => {
  const message = { text: '', parseUrls: true, groupable: false }
  t.ok(Value.Check(HookMessageSchema, message))
  for (const more of [{ bot: 1 }, { attachments: [] }, { attachments: [{ unknown: 1 }] }, { attachments: [{ attachments: [{ unknown: 1 }] }] }, { alias: '' }]) {
    t.notOk(Value.Check(HookMessageSchema, { ...message, ...more }), JSON.stringify(more))
  }
  t.ok(Value.Check(AttachmentSchema, { attachments: [{ text: 'a' }] }))
  t.ok(Value.Check(HookPayloadSchema, { text: [], unknown: 1 }))
})

test('each field of a payload means something', async (t) => {
  const read = messageOf({ ...HookPayloadSchema.examples[0] }, {}, { maxTextLength: 100 })
  t.strictSame(read.kind === 'message' && read.message, { text: 'Build 5 passed', alias: 'CI', emoji: ':rocket:', parseUrls: true, groupable: false })
})
