import { Buffer } from 'node:buffer'
import { Value } from '@sinclair/typebox/value'
import { type Test, test } from 'tap'
import { hookMessage } from '../../../../lib/incoming/message.ts'
import { type Answer, failedBy, type Outcome } from '../../../../lib/incoming/outcome.ts'
import { profileNamed } from '../../../../lib/incoming/profiles/index.ts'
import type { Profile } from '../../../../lib/incoming/profiles/profile.ts'
import { readBody, type ReadBody } from '../../../../lib/incoming/read-body.ts'
import type { Refusal } from '../../../../lib/incoming/refusal.ts'
import { type HookMessage, HookMessageSchema } from '../../../../schemas/hooks/message.ts'
import type { SenderCase } from './case.ts'
import { families } from './families.ts'
import { isSuccess } from './rules.ts'

for (const [name, cases] of Object.entries(families)) {
  for (const sender of cases) test(`${name}: ${sender.product}`, async (t) => send(t, sender))
}

test('there are enough of them, and none twice', async (t) => {
  const products = Object.values(families).flat().map(({ product }) => product)
  t.equal(new Set(products).size, products.length)
  t.ok(products.length > 150, `${products.length}`)
  t.ok(new Set(products.map((product) => product.split(',')[0])).size > 80)
})

/** A request on its way from the bytes to the answer, as a route would lead it. */
function send (t: Test, sender: SenderCase): void {
  const { body, headers = {}, query } = sender
  const profile = profileOf(sender)
  const wishes = { wait: query?.toLowerCase() === 'wait=true' }
  const read = readBody(Buffer.from(body), headers['content-type'])
  const message = read.kind === 'refused'
    ? read
    : hookMessage(read.payload, profile, sender.integration ?? {}, 40_000)
  if (message.kind === 'refused') {
    assertRefused(t, sender, message, read, profile.answer(failedBy(message), wishes))
    return
  }
  t.ok(Value.Check(HookMessageSchema, message.message), 'the message fits its schema')
  t.strictSame(message.message, expectedMessage(t, sender.message))
  assertNotes(t, sender, message.notes)
  const outcome: Outcome = { kind: 'posted', posted: [{ channel: '#ops', _id: 'm1' }], text: message.message.text, timestamp: '2026-08-01T10:00:00.000Z' }
  const answer = profile.answer(outcome, wishes)
  t.ok(isSuccess(sender.wants, answer), `${sender.wants}: ${JSON.stringify(answer)}`)
}

function profileOf ({ profile }: SenderCase): Profile {
  const found = profileNamed((profile ?? '').toUpperCase())
  if (found === undefined) throw new Error(`no profile ${profile}`)
  return found
}

function expectedMessage (t: Test, message: Partial<HookMessage> | undefined): HookMessage {
  if (message === undefined) throw t.fail('a message was not expected')
  return { text: '', parseUrls: message.attachments === undefined, groupable: false, ...message }
}

function assertRefused (t: Test, sender: SenderCase, refusal: Refusal, read: ReadBody | Refusal, answer: Answer): void {
  t.equal(refusal.code, sender.refused, refusal.error)
  t.equal(answer.status, 400)
  t.match(JSON.parse(answer.body), { success: false, error: /\w \[error-/, errorType: refusal.code })
  if (refusal.reason === 'broken-json') t.type(refusal.position, 'number')
  if (sender.content !== undefined) {
    const [path, value] = sender.content
    t.equal(read.kind === 'read' && at(read.content, path), value, 'a script gets the content')
  }
}

function at (content: unknown, path: string): unknown {
  return path === ''
    ? content
    : path.split('.').reduce((value: unknown, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined), content)
}

function assertNotes (t: Test, { notes = [] }: SenderCase, found: readonly string[]): void {
  t.equal(found.length, notes.length, found.join('; '))
  notes.forEach((note, index) => t.ok(found[index]?.startsWith(note), `${found[index]} begins with ${note}`))
}
