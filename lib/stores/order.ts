import { type Integration } from '../../schemas/index.ts'

/** What a name is sorted and searched by: the same letters in any case are the same. */
export function fold (text: string): string {
  return text.toLowerCase()
}

/** The text that sorts an integration by name: the folded name, then the `_id`. */
export function nameKey ({ name, _id }: Integration): string {
  return `${fold(name)}\0${_id}`
}

/** Compares texts by code points, as Redis compares the bytes of their UTF-8. */
export function compareText (a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
