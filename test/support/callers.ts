import type { Permission } from '../../lib/index.ts'
import type { Member } from './workspace.ts'

/** The permissions that decide about managing integrations. */
export const permissions = [
  'manage-incoming-integrations',
  'manage-own-incoming-integrations',
  'manage-outgoing-integrations',
  'manage-own-outgoing-integrations'
] as const satisfies Permission[]

/** One caller for each of the 16 sets of these permissions. */
export const callers: readonly Member[] = Array.from({ length: 16 }, (_, bits) => ({
  _id: `caller${bits}`,
  username: `caller-${bits}`,
  permissions: permissions.filter((_, index) => (bits & (1 << index)) !== 0)
}))

/** Whether a caller has a permission. */
export function holds (caller: Member, permission: string): boolean {
  return caller.permissions.some((held) => held === permission)
}
