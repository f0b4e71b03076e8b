import { Buffer } from 'node:buffer'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import { test } from 'tap'
import { hookMessage } from '../../lib/incoming/message.ts'
import { failedBy, type Outcome } from '../../lib/incoming/outcome.ts'
import { profiles } from '../../lib/incoming/profiles/index.ts'
import { readBody } from '../../lib/incoming/read-body.ts'
import { HookMessageSchema } from '../../schemas/hooks/message.ts'
import { expensiveBodies, hookBody, hookContentType } from './support/hook-bodies.ts'
import { watchPrototypes } from './support/prototypes.ts'
import { requests, seed } from './support/requests.ts'

/** Leads a body all the way in every profile. Returns the end of each way. */
function lead (bytes: Uint8Array, contentType: string | undefined): string[] {
  const read = readBody(bytes, contentType)
  return profiles.map((profile) => {
    const message = read.kind === 'refused'
      ? read
      : hookMessage(read.payload, profile, { alias: 'CI' }, 1_000)
    const outcome: Outcome = message.kind === 'refused'
      ? failedBy(message)
      : { kind: 'posted', posted: [{ channel: '#a', _id: 'm' }], text: message.message.text, timestamp: '' }
    if (message.kind === 'message') {
      if (!Value.Check(HookMessageSchema, message.message)) throw new Error(`does not fit: ${JSON.stringify([...Value.Errors(HookMessageSchema, message.message)])}`)
      if (message.message.text === '' && message.message.attachments === undefined) throw new Error('a message without anything in it')
      // The host stores and sends it.
      JSON.stringify(message.message)
    }
    const answer = profile.answer(outcome, { wait: true })
    if (answer.contentType?.startsWith('application/json') === true) JSON.parse(answer.body)
    return message.kind === 'refused' ? message.reason : 'message'
  })
}

test('any body makes a message that fits, or a refusal', { timeout: 0 }, async (t) => {
  const assertPrototypes = watchPrototypes()
  const met = new Map<string, number>()
  fc.assert(fc.property(hookBody, hookContentType, (bytes, header) => {
    for (const end of lead(bytes, header)) met.set(end, (met.get(end) ?? 0) + 1)
    assertPrototypes()
  }), { seed, numRuns: requests(5 / 6) })
  t.comment(Object.fromEntries(met))
  for (const end of ['message', 'no-message', 'broken-json', 'charset', 'payload-no-object', 'too-deep']) t.ok(met.has(end), end)
})

test('a body of 1 MiB takes linear time', { timeout: 0 }, async (t) => {
  const slowest: Array<[number, string]> = []
  for (const [what, text, header] of expensiveBodies) {
    const bytes = Buffer.from(text)
    const start = process.hrtime.bigint()
    const ends = lead(bytes, header)
    const took = Number(process.hrtime.bigint() - start) / 1e6
    slowest.push([Math.round(took), `${what}: ${[...new Set(ends)].join(', ')}`])
    // Quadratic time would be minutes.
    t.ok(took < 5_000, `${what}: ${Math.round(took)} ms in all profiles`)
  }
  t.comment(slowest.sort(([a], [b]) => b - a).slice(0, 10).map(([took, what]) => `${took} ms ${what}`).join('\n'))
})
