/** What a name is sorted and searched by: the same letters in any case are the same. */
export function fold (text: string): string {
  // A capital sigma becomes another letter at the end of a word; halves of surrogate pairs are the same in Redis.
  return text.toLowerCase().replaceAll('ς', 'σ').replace(/\p{Surrogate}/gu, '\uFFFD')
}

/**
 * A text that `<` sorts where Redis sorts the original: by code points. `<`
 * compares UTF-16 code units, in which the pairs of code points above U+FFFF
 * stand before U+E000; here both change places. Two texts that differ have
 * keys that differ. Nearly every text is its own key, so that a sort of many
 * texts takes no memory.
 */
export function orderKey (text: string): string {
  return /[\uD800-\uFFFF]/.test(text) ? text.replace(/[\uD800-\uFFFF]/g, exchange) : text
}

function exchange (unit: string): string {
  const code = unit.charCodeAt(0)
  return String.fromCharCode(code < 0xE000 ? code + 0x2000 : code - 0x800)
}

/** Compares two keys of {@link orderKey}, for `sort`. */
export function compareKeys (a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
