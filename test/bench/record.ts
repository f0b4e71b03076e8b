import { newIntegrationId, newOutgoingToken } from '../../lib/model/identifiers.ts'
import type { OutgoingInput, OutgoingIntegration } from '../../schemas/index.ts'
import { members } from '../support/workspace.ts'

/** The record that our route makes of the benchmark's body, without asking anybody anything. */
export function recordOf (input: OutgoingInput): OutgoingIntegration {
  const now = new Date().toISOString()
  return {
    _id: newIntegrationId(),
    type: 'webhook-outgoing',
    name: input.name,
    enabled: input.enabled,
    username: input.username,
    userId: members.bot._id,
    channel: [input.channel].flat(),
    channelIds: ['#GENERAL'],
    scriptEnabled: input.scriptEnabled,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    event: 'sendMessage',
    urls: input.urls,
    token: newOutgoingToken(),
    _createdAt: now,
    _createdBy: { _id: members.admin._id, username: members.admin.username },
    _updatedAt: now
  }
}

/** Where the targets that write with one SET put a record. */
export function keyOf ({ _id }: OutgoingIntegration): string {
  return `integration:${_id}`
}
