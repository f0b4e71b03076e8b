import { incomingRecord } from '../support/integrations.ts'
import { members } from '../support/workspace.ts'

/** The integration that every server of the benchmark of hooks knows. */
export const hook = incomingRecord({ userId: members.bot._id, channelIds: ['#GENERAL'] })

/** The answer of every server. */
export const answer = { success: true, ok: true }

/** The one request that is sent all the time. */
export function hookRequest (): string {
  const body = JSON.stringify({ text: 'Build 1234 of main passed in 2 min 31 s', username: 'CI', icon_emoji: ':rocket:' })
  return [
    `POST /hooks/${hook._id}/${hook.token} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body
  ].join('\r\n')
}
