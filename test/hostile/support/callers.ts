import type { Permission } from '../../../lib/index.ts'
import type { IntegrationType } from '../../../schemas/index.ts'
import type { Member } from '../../support/workspace.ts'

const own = ['manage-own-incoming-integrations', 'manage-own-outgoing-integrations'] as const satisfies Permission[]

/** Holds everything; what others did is looked at with its eyes. */
export const overseer: Member = {
  _id: 'overseer',
  username: 'overseer',
  permissions: [...own, 'manage-incoming-integrations', 'manage-outgoing-integrations']
}

/**
 * Who sends hostile requests. Half of them only differ in identifiers that a
 * store could mix up: parts of its keys, patterns, halves of surrogate pairs.
 */
export const callers: readonly Member[] = [
  overseer,
  { _id: 'owner', username: 'owner', permissions: own },
  { _id: 'owner:webhook-incoming:by-name', username: 'colons', permissions: own },
  { _id: 'owner\0', username: 'nul', permissions: own },
  { _id: 'owner\r\n', username: 'line', permissions: own },
  { _id: '*', username: 'star', permissions: own },
  { _id: '{owner}', username: 'braces', permissions: own },
  { _id: '__proto__', username: 'proto', permissions: own },
  { _id: 'half\ud83d', username: 'high', permissions: own },
  { _id: 'half\ud83e', username: 'other high', permissions: own },
  { _id: 'incoming', username: 'incoming', permissions: ['manage-own-incoming-integrations'] },
  { _id: 'outgoing', username: 'outgoing', permissions: ['manage-outgoing-integrations'] },
  { _id: 'mixed', username: 'mixed', permissions: ['manage-incoming-integrations', 'manage-own-outgoing-integrations'] },
  { _id: 'nothing', username: 'nothing', permissions: [] }
]

/** Whether the caller may see an integration of this type and creator: contract 3.1, written down once more. */
export function maySee ({ _id, permissions }: Member, type: IntegrationType, creatorId: string): boolean {
  const direction = type === 'webhook-incoming' ? 'incoming' : 'outgoing'
  return permissions.includes(`manage-${direction}-integrations`) ||
    (permissions.includes(`manage-own-${direction}-integrations`) && creatorId === _id)
}
