import type { OutgoingIntegration } from '../../../schemas/index.ts'

/** The secrets to sign with, the newest first. An integration of an earlier version has none until it is written again. */
export function signingSecrets ({ secret, previousSecret }: OutgoingIntegration, now: number): string[] {
  if (secret === undefined) return []
  return previousSecret !== undefined && Date.parse(previousSecret.until) > now ? [secret, previousSecret.secret] : [secret]
}

/** Everything of an integration that no history may show. */
export function hiddenSecrets ({ token, secret, previousSecret, script }: OutgoingIntegration): string[] {
  return [token, secret, previousSecret?.secret, script].filter((text) => text !== undefined)
}
