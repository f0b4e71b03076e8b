import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { type HistoryEntry, HistoryEntrySchema } from '../../../schemas/history.ts'

/** Compiled by the first read: a server without history pays nothing. */
let checkEntry: TypeCheck<typeof HistoryEntrySchema> | undefined

/** An entry of the history as text. */
export function encodeEntry (entry: HistoryEntry): string {
  return JSON.stringify(entry)
}

/** Reads an entry back; null when the text holds no entry. */
export function decodeEntry (text: string): HistoryEntry | null {
  try {
    const value: unknown = JSON.parse(text)
    checkEntry ??= TypeCompiler.Compile(HistoryEntrySchema)
    return checkEntry.Check(value) ? value : null
  } catch {
    return null
  }
}
