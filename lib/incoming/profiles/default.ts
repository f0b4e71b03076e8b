import {
  type Answer, type Failed, firstError, jsonAnswer, type Outcome, type Posted, scriptSentence, textAnswer, type Wishes
} from '../outcome.ts'
import { isPayload } from '../../model/message/payload.ts'
import { type Profile, samePayload, sameText } from './profile.ts'

/**
 * Senders that were built for Rocket.Chat, and all others. Fourteen senders take
 * only 200 for success. Some want JSON with `success`. Readers made for Slack
 * want `ok`.
 */
export const defaultProfile: Profile = {
  name: '',
  toPayload: samePayload,
  toMarkdown: sameText,
  fieldNames: ['text', 'msg', 'blocks', 'attachments'],
  answer: defaultAnswer
}

/** Words the answer that Rocket.Chat would give, with `ok` beside it. */
export function defaultAnswer (outcome: Outcome, { wait }: Wishes): Answer {
  switch (outcome.kind) {
    case 'posted': return jsonAnswer(200, { success: true, ok: true, ...(wait && { messages: outcome.posted }) })
    case 'nothing': return jsonAnswer(200, { success: true, ok: true, ...(wait && { messages: [] }) })
    case 'separate': return separate(outcome.posted)
    case 'script-response': return scriptResponse(outcome.response)
    case 'script-error': return jsonAnswer(400, merged(outcome.error, { success: false, error: scriptSentence(outcome.error) }))
    case 'failed': return failure(outcome)
  }
}

function separate (list: readonly Posted[]): Answer {
  const responses = list.map((posted) => ('_id' in posted
    ? { channel: posted.channel, message: { _id: posted._id } }
    : posted))
  if (list.some((posted) => '_id' in posted)) return jsonAnswer(200, { responses, success: true })
  return jsonAnswer(400, { responses, success: false, error: firstError(list) })
}

function scriptResponse (response: unknown): Answer {
  if (typeof response === 'string') return textAnswer(200, response)
  const own = isPayload(response) && Object.hasOwn(response, 'ok') ? {} : { ok: true }
  return jsonAnswer(200, merged(response, { success: true, ...own }))
}

/** The fields of a script's object, and ours over them. */
function merged (value: unknown, ours: Readonly<Record<string, unknown>>): unknown {
  // An object from entries takes the name __proto__ as a field like any other.
  return isPayload(value) ? Object.fromEntries([...Object.entries(value), ...Object.entries(ours)]) : ours
}

/** A code of this package has the form of the management routes; a word of the messenger stands alone, as in Rocket.Chat. */
function failure ({ status, code, error, details }: Failed): Answer {
  const isOurs = error.endsWith(` [${code}]`)
  return jsonAnswer(status, { success: false, error, ...(isOurs && { errorType: code, ...(details !== undefined && { details }) }) })
}
