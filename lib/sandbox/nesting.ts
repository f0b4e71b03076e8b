/** Whether a JSON text has more levels of nesting than allowed. */
export function isDeeper (json: string, levels: number): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') at = endOfText(json, at)
    else if (char === '[' || char === '{') {
      if (++depth > levels) return true
    } else if (char === ']' || char === '}') depth--
  }
  return false
}

/** Where the text ends that begins at a quotation mark. */
function endOfText (json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
