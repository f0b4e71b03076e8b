import type { Integration, IntegrationView } from './integration.ts'

/** The name of a field that an integration of either type can have, stored or returned. */
type FieldName<I = Integration | IntegrationView> = I extends Integration | IntegrationView ? keyof I : never

/**
 * The fields of an integration that are not secret and that are returned.
 * `onChange`, logs and histories show only these. A field that a later version
 * adds stays secret until it is listed here.
 */
export const publicFields = [
  '_id', 'type', 'name', 'enabled', 'username', 'userId', 'channel', 'scriptEnabled', 'scriptEngine', 'skipTranspile',
  'alias', 'avatar', 'emoji', 'overrideDestinationChannelEnabled', 'event', 'urls', 'triggerWords', 'triggerWordAnywhere',
  'targetRoom', 'runOnEdits', 'impersonateUser', 'retryFailedCalls', 'retryCount', 'retryDelay', '_createdAt',
  '_createdBy', '_updatedAt', '_updatedBy'
] as const satisfies readonly FieldName[]

/**
 * The fields of an integration that are not secret and that the server keeps for
 * itself. Stores keep them, and the feed of a store tells them. No answer holds
 * them, and `onChange` is not told of them.
 */
export const internalFields = ['channelIds', 'targetRoomId', 'switchedOff'] as const satisfies readonly FieldName[]

/**
 * The fields of an integration that are secret. `scriptError` is one of them,
 * because it may quote the script, and `hookPath`, because it holds the token.
 * The list removes nothing. It shows that a field was left out of
 * {@link publicFields} and {@link internalFields} on purpose.
 */
export const secretFields = ['token', 'secret', 'previousSecret', 'hookPath', 'script', 'scriptError'] as const satisfies readonly FieldName[]

type PublicField = typeof publicFields[number]

type FollowedField = PublicField | typeof internalFields[number]

/** An integration without its secrets and without the fields that the server keeps for itself. */
export type PublicIntegration<I = Integration> = I extends Integration ? Pick<I, Extract<keyof I, PublicField>> : never

/** An integration without its secrets, as the feed of a store tells it. */
export type FollowedIntegration<I = Integration> = I extends Integration ? Pick<I, Extract<keyof I, FollowedField>> : never

const isPublic: ReadonlySet<string> = new Set(publicFields)

const isFollowed: ReadonlySet<string> = new Set([...publicFields, ...internalFields])

/** The integration as `onChange` tells it. Values are those of the original, not copies. */
export function publicOf (integration: Integration): PublicIntegration {
  // The compiler cannot express "these fields only"; the filter is what the type says.
  return pick(integration, isPublic) as PublicIntegration
}

/** The integration as the feed of a store tells it. Values are those of the original, not copies. */
export function followedOf (integration: Integration): FollowedIntegration {
  // The compiler cannot express "these fields only"; the filter is what the type says.
  return pick(integration, isFollowed) as FollowedIntegration
}

function pick (integration: Integration, fields: ReadonlySet<string>): unknown {
  return Object.fromEntries(Object.entries(integration).filter(([name]) => fields.has(name)))
}
