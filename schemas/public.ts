import type { Integration } from './integration.ts'

/** The name of a field that an integration of either type can have. */
type FieldName<I = Integration> = I extends Integration ? keyof I : never

/**
 * The fields of an integration that are not secret. `onChange`, logs and
 * histories show only these. A field that a later version adds stays secret until
 * it is listed here.
 */
export const publicFields = [
  '_id', 'type', 'name', 'enabled', 'username', 'userId', 'channel', 'scriptEnabled', 'scriptEngine', 'skipTranspile',
  'alias', 'avatar', 'emoji', 'overrideDestinationChannelEnabled', 'event', 'urls', 'triggerWords', 'triggerWordAnywhere',
  'targetRoom', 'runOnEdits', 'impersonateUser', 'retryFailedCalls', 'retryCount', 'retryDelay', '_createdAt',
  '_createdBy', '_updatedAt', '_updatedBy'
] as const satisfies readonly FieldName[]

/**
 * The fields of an integration that are secret. `scriptError` is one of them,
 * because it may quote the script. The list removes nothing. It shows that a
 * field was left out of {@link publicFields} on purpose.
 */
export const secretFields = ['token', 'script', 'scriptError'] as const satisfies readonly FieldName[]

/** An integration without its secrets. */
export type PublicIntegration<I = Integration> =
  I extends Integration ? Pick<I, Extract<keyof I, typeof publicFields[number]>> : never

const isPublic: ReadonlySet<string> = new Set(publicFields)

/** The integration without its secrets. Values are those of the original, not copies. */
export function publicOf (integration: Integration): PublicIntegration {
  // Object.fromEntries cannot express "these keys only"; the filter is what the type says.
  return Object.fromEntries(Object.entries(integration).filter(([name]) => isPublic.has(name))) as PublicIntegration
}
