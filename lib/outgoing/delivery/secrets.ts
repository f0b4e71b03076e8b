import type { OutgoingIntegration } from '../../../schemas/index.ts'

/** The secrets to sign with, the newest first. An integration of an earlier version has none until it is written again. */
export function signingSecrets ({ secret, previousSecret }: OutgoingIntegration, now: number): string[] {
  if (secret === undefined) return []
  return previousSecret !== undefined && Date.parse(previousSecret.until) > now ? [secret, previousSecret.secret] : [secret]
}

/** Everything of an integration that no history may show. */
export function hiddenSecrets ({ token, secret, previousSecret, script, urls }: OutgoingIntegration): string[] {
  return [token, secret, previousSecret?.secret, script, ...urls.flatMap(credentialsOf)].filter((text) => text !== undefined)
}

/** The password of a URL, and the credentials as the header `Authorization` holds them: a receiver may echo either. */
function credentialsOf (url: string): string[] {
  // Most have none, and need not be parsed.
  if (!url.includes('@') || !URL.canParse(url)) return []
  const { username, password } = new URL(url)
  const plain = [username, password].map(decoded)
  return [password, plain[1] ?? '', ...(username === '' && password === '' ? [] : [Buffer.from(plain.join(':')).toString('base64')])]
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
