import type { HookAddress } from '../../incoming/admission.ts'
import { defaultProfile } from '../../incoming/profiles/default.ts'
import { profileNamed } from '../../incoming/profiles/index.ts'
import type { Profile } from '../../incoming/profiles/profile.ts'

/** The parameters that the router found in a path: named ones, or the whole rest. */
interface PathParameters {
  readonly integrationId?: string
  readonly token?: string
  readonly profile?: string
  readonly '*'?: string
}

/** The hook that a path names, and the way in which the sender writes. */
export interface HookPath extends HookAddress {
  readonly profile: Profile
}

/**
 * Reads a path behind the prefix: `<id>/<token>`, `<id>/<token>/<profile>` or
 * Rocket.Chat's older form `<id>/<anything>/<token>`, each with a slash at the
 * end or without one. Any other path names no integration.
 */
export function hookPathOf (parameters: PathParameters): HookPath {
  const parts = partsOf(parameters)
  const [integrationId = '', second = ''] = parts
  const last = parts.length > 2 ? profileNamed(parts.at(-1) ?? '') : undefined
  const profile = last ?? defaultProfile
  const named = last === undefined ? parts : parts.slice(0, -1)
  if (named.length === 2) return { integrationId, token: second, profile }
  return { integrationId, token: named.length === 3 ? named[2] ?? '' : '', profile }
}

function partsOf ({ integrationId, token, profile, '*': rest }: PathParameters): string[] {
  if (rest !== undefined) return rest.replace(/\/$/, '').split('/')
  return [integrationId, token, profile].filter((part) => part !== undefined)
}

/** The mark in the place of a token in logs and in requests that hooks of the host see. */
const hidden = '***'

/**
 * A URL as it may be logged: the prefix and the id, and a mark in the place of
 * everything behind them, the query included.
 *
 * @param prefix of the hook routes, with that of the host's context.
 */
export function hiddenUrl (url: string, prefix: string): string {
  const start = url.startsWith(`${prefix}/`) ? prefix.length + 1 : 1
  const end = url.slice(start).search(/[/?]/)
  return end === -1 ? url : `${url.slice(0, start + end)}/${hidden}`
}

/** The parameters as hooks of the host may see them. */
export function hiddenParameters (parameters: PathParameters): PathParameters {
  return { ...parameters, ...(parameters['*'] === undefined ? { token: hidden } : { '*': hidden }) }
}
