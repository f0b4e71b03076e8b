import { Buffer } from 'node:buffer'
import type { Explain, IncomingExplanation } from '../../schemas/explain.ts'
import type { IncomingIntegration } from '../../schemas/index.ts'
import { defaultProfile } from '../incoming/profiles/default.ts'
import { type IncomingFacts, Receiver, type ReceiveSettings } from '../incoming/receive.ts'
import type { Rehearsal } from './rehearsal.ts'

/** Explains a request to an incoming webhook, as the receiver of real requests works on it. */
export async function explainRequest (
  rehearsal: Rehearsal, settings: ReceiveSettings, integration: IncomingIntegration, asked: Explain
): Promise<IncomingExplanation> {
  let facts: IncomingFacts | undefined
  const receiver = new Receiver(settings, () => rehearsal.calls, (given) => { facts = given }, rehearsal.scripts)
  const headers = headersOf(asked)
  const { answer, failed } = await receiver.receive({
    integration,
    body: Buffer.from(bodyOf(asked)),
    contentType: headers['content-type'],
    deliveryId: undefined,
    sender: { headers, url: `/hooks/${integration._id}/${integration.token}${queryOf(asked)}` },
    profile: defaultProfile,
    wishes: { wait: false }
  })
  const { step = '', error, messages = [], data, notes = [] } = facts ?? {}
  const why = error ?? failed?.code
  return {
    type: integration.type,
    step,
    ...(why !== undefined && { error: why }),
    ...rehearsal.take([...messages]),
    ...(data !== undefined && { data }),
    answer: { status: answer.status, body: answer.body },
    notes: [...notes]
  }
}

function bodyOf ({ payload, body }: Explain): string {
  return body ?? (payload === undefined ? '' : JSON.stringify(payload))
}

/** Names in lower case, as Node.js gives them. */
function headersOf ({ headers = {}, payload, body }: Explain): Record<string, string> {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return body === undefined && payload !== undefined ? { 'content-type': 'application/json', ...given } : given
}

function queryOf ({ query }: Explain): string {
  const text = typeof query === 'object' ? new URLSearchParams(query).toString() : (query ?? '').replace(/^\?/, '')
  return text === '' ? '' : `?${text}`
}
