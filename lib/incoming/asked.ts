import type { Notes } from '../model/message/notes.ts'
import { field, type Payload } from '../model/message/payload.ts'
import { textOf } from '../model/message/values.ts'

/**
 * The destinations that a payload asks for, in order and each once: the
 * entries of `channel`, or of `roomId` where there is no channel. Empty where
 * the payload asks for none: blank entries count as absent.
 */
export function askedDestinations (payload: Payload, notes: Notes): string[] {
  for (const name of ['channel', 'roomId']) {
    const value = field(payload, name)
    if (value === undefined) continue
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
    const texts = entries.map((entry) => textOf(entry, name, notes)).filter((text) => text !== undefined)
    if (texts.length > 0) return [...new Set(texts)]
  }
  return []
}

/** Whether each destination stands for itself; only exactly `true` says so, as in Rocket.Chat. */
export function wantsSeparateResponses (payload: Payload): boolean {
  return field(payload, 'separateResponse') === true
}
