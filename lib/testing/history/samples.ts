import type { HistoryEntry } from '../../../schemas/history.ts'

/** An entry with the fields that every one has. */
export function entryOf (integrationId: string, _id: string, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    _id,
    _createdAt: '2017-01-06T13:23:46.018Z',
    _updatedAt: '2017-01-06T13:23:46.018Z',
    type: 'outgoing-webhook',
    integration: { _id: integrationId },
    step: 'after-http-call',
    // A copy: a case that spoils its entry must not spoil the samples of another case.
    ...structuredClone(changes)
  }
}

/** Every optional field of an entry. */
export const everyEntryField = {
  event: 'sendMessage',
  lane: 'kq3J0a1hVt5v0mJ1Yw0b2A',
  url: 'http://text2gif.guggy.com/guggify',
  triggerWord: '!guggy',
  roomId: 'GENERAL',
  roomType: 'c',
  data: { token: '***', bot: false, text: 'naïve 日本語 👩‍👩‍👧', nested: [[], {}, null, 0.1, 9007199254740991, ''] },
  httpCallData: '{"text":"hello"}',
  httpResult: '\r\n$5\r\nhello\0',
  httpError: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
  error: 'error-running-script',
  finished: true,
  ranPrepareScript: false,
  attempt: 2,
  status: 503,
  duration: 12.5,
  webhookId: 'msg_1',
  console: [{ level: 'warn', text: 'careful' }],
  messages: [{ channel: '#general', _id: 'm1' }, { channel: '@u', error: 'room_is_blocked' }],
  notes: ['attachments[0] is no object'],
  nextAttemptAt: '2017-01-06T13:24:46.018Z',
  truncated: ['data']
} satisfies Partial<HistoryEntry>
