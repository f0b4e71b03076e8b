import type { HistoryEntryView } from '../../schemas/history.ts'
import type { Calls } from '../guard/calls.ts'
import { directory } from '../guard/tables/directory.ts'
import { sideBySide } from '../model/side-by-side.ts'
import type { User } from '../ports/auth.ts'

/**
 * The fields that a reader may see of an entry whose room it may not see. The
 * others hold what was said in the room, or what a script made of it. A field
 * that a later version adds stays hidden until it is listed here.
 */
const fieldsWithoutBodies: ReadonlySet<string> = new Set([
  '_id', '_createdAt', '_updatedAt', 'type', 'integration', 'step', 'event', 'url', 'triggerWord', 'roomId', 'httpError',
  'error', 'finished', 'ranPrepareScript', 'attempt', 'status', 'duration', 'webhookId', 'nextAttemptAt', 'truncated'
] satisfies Array<keyof HistoryEntryView>)

/** Those of the fields above that hold texts of a script, where a script has made the request or has failed. */
const fieldsOfScripts: ReadonlySet<string> = new Set(['url', 'error', 'httpError'] satisfies Array<keyof HistoryEntryView>)

/** Whether the URL and the errors may hold what was said in a room: a script writes texts of its own into them. */
export function isOfScript ({ step, ranPrepareScript }: Pick<HistoryEntryView, 'step' | 'ranPrepareScript'>): boolean {
  return ranPrepareScript === true || step.startsWith('execute-script-error')
}

/**
 * The entries as a reader may see them that may manage its own integrations
 * only: bodies that come from a room are left out unless the reader is a member
 * of the room now. Membership is asked once for each room, side by side.
 */
export async function withoutBodiesOfOtherRooms (
  calls: Calls, reader: User, entries: readonly HistoryEntryView[]
): Promise<HistoryEntryView[]> {
  const rooms = [...new Set(entries.flatMap(({ roomId }) => roomId ?? []))]
  const isMember = await sideBySide(rooms.map((room) => async () => await calls.ask(directory.isMember, reader._id, room)))
  const hidden = new Set(rooms.filter((_, index) => isMember[index] !== true))
  return entries.map((entry) => entry.roomId !== undefined && hidden.has(entry.roomId) ? withoutBodies(entry) : entry)
}

/** Names the fields that were left out among those that are not complete. */
function withoutBodies (entry: HistoryEntryView): HistoryEntryView {
  const hasScript = isOfScript(entry)
  const left = Object.keys(entry).filter((name) => !fieldsWithoutBodies.has(name) || (hasScript && fieldsOfScripts.has(name)))
  const rest = { ...entry, ...(left.length > 0 && { truncated: [...new Set([...(entry.truncated ?? []), ...left])] }) }
  for (const name of left) Reflect.deleteProperty(rest, name)
  return rest
}
