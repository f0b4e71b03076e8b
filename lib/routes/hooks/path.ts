import type { HookAddress } from '../../incoming/admission.ts'
import { defaultProfile } from '../../incoming/profiles/default.ts'
import { profileNamed } from '../../incoming/profiles/index.ts'
import type { Profile } from '../../incoming/profiles/profile.ts'

/** The parameters that the router found in a path: named ones, or the whole rest. A prefix of the host may have more. */
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
 * Rocket.Chat's older form `<id>/<anything>/<token>`, also with a profile behind
 * it, each with a slash at the end or without one. The token of any other path
 * is empty: no integration has it.
 */
export function hookPathOf (parameters: PathParameters): HookPath {
  const [integrationId = '', ...rest] = partsOf(parameters)
  const last = rest.at(-1) ?? ''
  const profile = rest.length > 1 && last !== '' ? profileNamed(last) : undefined
  const named = profile === undefined ? rest : rest.slice(0, -1)
  return { integrationId, token: named.length <= 2 ? named.at(-1) ?? '' : '', profile: profile ?? defaultProfile }
}

function partsOf ({ integrationId, token, profile, '*': rest }: PathParameters): string[] {
  const parts = rest?.split('/') ?? [integrationId, token, profile].filter((part) => part !== undefined)
  // One slash at the end is ignored: there the last part is empty.
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts
}

/** The mark in the place of a token in logs and in requests that hooks of the host see. */
const hidden = '***'

/** An id of this package, and not a token, which is longer: a sender may mix them up. */
const idPattern = /^[\w-]{1,32}$/

/**
 * A URL as it may be logged: the prefix and the id, and a mark in the place of
 * everything behind them, the query included. Of a URL in another form, only the
 * prefix is left.
 *
 * @param prefix of the hook routes, with that of the host's context.
 */
export function hiddenUrl (url: string, prefix: string): string {
  const [id = '', ...rest] = url.startsWith(`${prefix}/`) ? url.slice(prefix.length + 1).split('/', 2) : []
  return rest.length > 0 && idPattern.test(id) ? `${prefix}/${id}/${hidden}` : `${prefix}/${hidden}`
}

/** The parameters as hooks of the host may see them. */
export function hiddenParameters (parameters: PathParameters): PathParameters {
  const { integrationId = '' } = parameters
  return {
    ...parameters,
    ...('integrationId' in parameters && { integrationId: idPattern.test(integrationId) ? integrationId : hidden }),
    ...('token' in parameters && { token: hidden }),
    ...('profile' in parameters && { profile: hidden }),
    ...('*' in parameters && { '*': hidden })
  }
}
