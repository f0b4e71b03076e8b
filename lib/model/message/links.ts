const linkSchemes = ['http://', 'https://', 'mailto:']
const webSchemes = ['http://', 'https://']

/** The address that a reader may open: `http:`, `https:` or `mailto:`. Undefined for every other. */
export function linkOf (text: string): string | undefined {
  return hasScheme(text, linkSchemes) ? written(text) : undefined
}

/** The address of a sound or film: `http:`, `https:` or a path of the host. Undefined for every other. */
export function mediaOf (text: string): string | undefined {
  return hasScheme(text, webSchemes) || isPath(text) ? written(text) : undefined
}

/** The address of a picture: as for a sound, or a `data:` address of an image without active parts. */
export function pictureOf (text: string): string | undefined {
  // The picture itself, of many kilobytes.
  if (/^data:image\/(?:png|jpeg|gif|webp)[;,]/i.test(text)) return /[\s\p{Cc}]/u.test(text) ? undefined : text
  return mediaOf(text)
}

function hasScheme (text: string, schemes: readonly string[]): boolean {
  const start = text.slice(0, 9).toLowerCase()
  return schemes.some((scheme) => start.startsWith(scheme) && text.length > scheme.length)
}

/** Two slashes, or a slash and a backslash, name another host. */
function isPath (text: string): boolean {
  return text.startsWith('/') && text[1] !== '/' && text[1] !== '\\'
}

/** Browsers and proxies cut longer ones. */
const longestAddress = 4_096

/** Blanks are encoded, as browsers do. An address with a control character is refused: such an address is made to deceive. */
function written (text: string): string | undefined {
  if (text.length > longestAddress || /\p{Cc}/u.test(text)) return undefined
  return text.replaceAll(' ', '%20')
}

/** A link in markdown. The label and the address cannot end the link early. */
export function markdownLink (label: string, link: string): string {
  return `[${label.replace(/[\r\n]/g, ' ').replace(/[[\]\\]/g, '\\$&')}](${link.replaceAll('(', '%28').replaceAll(')', '%29')})`
}
