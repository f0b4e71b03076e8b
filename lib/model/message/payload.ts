/**
 * The object that a sender wrote, with its own field names. The names are not
 * trusted: read a field with `field`, and copy none into another object.
 */
export type Payload = Readonly<Record<string, unknown>>

/** Whether the value is an object, and neither null nor an array. */
export function isPayload (value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The own field of that name; an inherited name such as `constructor` is no field. */
export function field (payload: Payload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined
}

/** An object for field names of a sender: no name means anything special in it, `__proto__` included. */
export function emptyRecord<T> (): Record<string, T> {
  return Object.create(null)
}

/** The names of the fields that a message is made of. */
export const messageFields = [
  'text', 'msg', 'blocks', 'attachments', 'username', 'alias', 'icon_url', 'avatar', 'icon_emoji', 'emoji',
  'tmid', 'thread_ts', 'parseUrls', 'groupable', 'customFields'
] as const

/** Whether the payload has a field of a message that says something. */
export function hasMessageField (payload: Payload): boolean {
  return messageFields.some((name) => {
    const value = field(payload, name)
    return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '')
  })
}
