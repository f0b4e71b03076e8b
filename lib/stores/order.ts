/** What a name is sorted and searched by: the same letters in any case are the same. */
export function fold (text: string): string {
  // A capital sigma becomes another letter at the end of a word; halves of surrogate pairs are the same in Redis.
  return text.toLowerCase().replaceAll('ς', 'σ').replace(/\p{Surrogate}/gu, '\uFFFD')
}

/** Compares texts by code points, as Redis compares the bytes of their UTF-8. */
export function compareText (a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
