import { type Answer, asOne, type Failed, type Outcome, textAnswer } from '../outcome.ts'
import { fromSlackText } from '../../model/message/slack-text.ts'
import { type Profile, samePayload } from './profile.ts'

/** Senders for Slack. Their readers compare the answer `ok` byte for byte. */
export const slackProfile: Profile = {
  name: 'slack',
  toPayload: samePayload,
  toMarkdown: fromSlackText,
  fieldNames: ['text', 'blocks', 'attachments'],
  answer: slackAnswer
}

/** Words the answer that Slack would give. */
export function slackAnswer (outcome: Outcome): Answer {
  switch (outcome.kind) {
    case 'posted':
    case 'nothing':
    case 'script-response': return textAnswer(200, 'ok')
    case 'script-error': return textAnswer(400, 'invalid_payload')
    case 'separate': return slackAnswer(asOne(outcome))
    case 'failed': return failure(outcome)
  }
}

/** The method, the time, the size or the encoding of the body is at fault. */
const aboutTheBody: ReadonlySet<number> = new Set([405, 408, 413, 415])

function failure ({ status, code }: Failed): Answer {
  if (status === 429) return textAnswer(429, 'rate_limited')
  // An integration that is switched off stays so: senders would repeat a 503.
  if (status === 404 || code === 'error-integration-disabled' || code === 'error-invalid-user') return textAnswer(404, 'no_service')
  if (status >= 500) return textAnswer(status, 'service_unavailable')
  if (aboutTheBody.has(status)) return textAnswer(status, 'invalid_payload')
  switch (code) {
    case 'error-no-message': return textAnswer(400, 'no_text')
    case 'error-invalid-payload':
    case 'error-running-script':
    case 'error-message-size-exceeded': return textAnswer(400, 'invalid_payload')
    case 'invalid-channel':
    case 'error-invalid-channel':
    case 'error-invalid-room': return textAnswer(404, 'channel_not_found')
    // Each host has its own codes for a room that is read-only, archived or closed to the account.
    default: return code.toLowerCase().includes('archived') ? textAnswer(410, 'channel_is_archived') : textAnswer(403, 'action_prohibited')
  }
}
