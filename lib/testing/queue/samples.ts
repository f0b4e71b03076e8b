import type { Job } from '../../ports/queue.ts'

let jobs = 0

/** A delivery with an id and a lane of its own. */
export function newJob (keyPrefix: string, changes: Partial<Job> = {}): Job {
  const number = jobs++
  return {
    v: 1,
    keyPrefix,
    id: `msg_2Lh9KRb0pzN4LePd3XiA4v${number}`,
    lane: `lane-${number}`,
    integrationId: '3aazpZ2WzoBP8msi9',
    url: 'http://text2gif.guggy.com/guggify',
    event: 'sendMessage',
    user: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' },
    room: { _id: 'GENERAL', type: 'c' },
    payload: { channel_id: 'GENERAL', channel_name: 'general', text: 'deploy now', bot: false },
    createdAt: new Date().toISOString(),
    attempts: 0,
    // A copy: a case that spoils its job must not spoil the samples of another case.
    ...structuredClone(changes)
  }
}

/** Several of them. */
export function newJobs (keyPrefix: string, count: number, changes: Partial<Job> = {}): Job[] {
  return Array.from({ length: count }, () => newJob(keyPrefix, changes))
}
