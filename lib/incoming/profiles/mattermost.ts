import { type Answer, asOne, jsonAnswer, type Outcome, scriptSentence, textAnswer } from '../outcome.ts'
import { type Profile, samePayload, sameText } from './profile.ts'

/** Senders for Mattermost: the fields of Slack, with texts in markdown. */
export const mattermostProfile: Profile = {
  name: 'mattermost',
  toPayload: samePayload,
  toMarkdown: sameText,
  fieldNames: ['text', 'attachments'],
  answer: mattermostAnswer
}

/** Words the answer that Mattermost would give; `id` is the code of this package. */
export function mattermostAnswer (outcome: Outcome): Answer {
  switch (outcome.kind) {
    case 'posted':
    case 'nothing':
    case 'script-response': return textAnswer(200, 'ok')
    case 'script-error': return failure(400, 'error-running-script', scriptSentence(outcome.error))
    case 'separate': return mattermostAnswer(asOne(outcome))
    case 'failed': return failure(outcome.status, outcome.code, outcome.error)
  }
}

function failure (status: number, id: string, message: string): Answer {
  return jsonAnswer(status, { id, message, status_code: status })
}
