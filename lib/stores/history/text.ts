import { TypeCompiler } from '@sinclair/typebox/compiler'
import { type HistoryEntry, HistoryEntrySchema } from '../../../schemas/history.ts'

const checkEntry = TypeCompiler.Compile(HistoryEntrySchema)

/** An entry of the history as text. */
export function encodeEntry (entry: HistoryEntry): string {
  return JSON.stringify(entry)
}

/** Reads an entry back; null when the text holds no entry. */
export function decodeEntry (text: string): HistoryEntry | null {
  try {
    const value: unknown = JSON.parse(text)
    return checkEntry.Check(value) ? value : null
  } catch {
    return null
  }
}
