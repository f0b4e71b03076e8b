import type { HistoryEntry, HistoryEntryView } from '../../schemas/history.ts'

/** An entry as it is answered: without the fields that the server keeps for itself. */
export function viewOfEntry ({ lane, roomType, ...entry }: HistoryEntry): HistoryEntryView {
  return entry
}
