import { type Json, readJson } from '../model/json.ts'
import { invalidPayload, type Refusal } from './refusal.ts'

/**
 * Parses JSON of a sender.
 *
 * @param subject The subject of the sentence in a refusal.
 * @param before Number of characters of the body before the text.
 */
export function parseJson (text: string, subject: string, before: number): Json | Refusal {
  const json = readJson(text)
  if (json.kind === 'json') return json
  const { reason, what, position } = json
  if (position === undefined) return invalidPayload(reason, `${subject} ${what}`)
  const inBody = before + position
  return invalidPayload(reason, `${subject} ${what}: look at character ${inBody}`, inBody)
}
