/** The mark that takes the place of a secret. */
export const mark = '***'

/** Names of HTTP headers, in lower case, whose values are never remembered. */
const secretNames: ReadonlySet<string> = new Set([
  'authorization', 'cookie', 'proxy-authorization', 'set-cookie', 'x-auth-token'
])

/**
 * A secret of at least this many characters is also found inside longer texts. A
 * shorter secret may be a part of any word, and is found only as a whole value.
 */
const shortestInside = 8

/** Whether every value under this name is left out. */
export function isSecretName (name: string): boolean {
  return secretNames.has(name.toLowerCase())
}

/** Takes known secrets out of texts, in the forms in which bodies hold them. */
export class Redaction {
  readonly #alone = new Set<string>()
  readonly #inside: readonly string[]
  /** No secret that is found inside a text is longer, in UTF-16 units. */
  readonly longest: number

  /** @param secrets tokens, keys and scripts; blank ones are none. */
  constructor (secrets: readonly string[]) {
    const inside = new Set<string>()
    for (const secret of secrets) {
      if (secret.trim() === '') continue
      for (const form of formsOf(secret)) {
        this.#alone.add(form)
        if (form.length >= shortestInside) inside.add(form)
      }
    }
    // Longest first: no part of a secret is left when a shorter form of it stands in it.
    this.#inside = [...inside].sort((one, other) => other.length - one.length)
    this.longest = this.#inside[0]?.length ?? 0
  }

  /** Whether a value is nothing but a secret. */
  isSecret (value: string | number): boolean {
    return this.#alone.has(String(value))
  }

  /** A text with a mark in the place of every secret. */
  text (text: string): string {
    if (this.isSecret(text)) return mark
    return this.#inside.reduce((rest, secret) => rest.includes(secret) ? rest.replaceAll(secret, mark) : rest, text)
  }
}

/** A secret as it is, as it stands in JSON, in a form or in a URL, and each of these without the prefix `whsec_`. */
function formsOf (secret: string): Set<string> {
  const plain = [secret, ...(secret.startsWith('whsec_') ? [secret.slice('whsec_'.length)] : [])]
  return new Set(plain.flatMap((text) => {
    // Most secrets: all forms are the same.
    if (/^[\w-]*$/.test(text)) return [text]
    const json = JSON.stringify(text).slice(1, -1)
    // Halves of surrogate pairs cannot be encoded as they are.
    const encoded = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
    return [text, json, json.replaceAll('/', '\\/'), encoded, encoded.replaceAll('%20', '+')]
  }))
}
