import {
  type StringOptions, type TLiteral, type TNull, type TOptional, type TSchema, type TString, type TUnion, type TUnknown, Type
} from '@sinclair/typebox'

/**
 * A text that a client sends. Control characters are refused, except tab and
 * line ends: no name, URL or script needs them, and terminals obey them.
 */
export function text (options: StringOptions): TString {
  return Type.String({ ...options, pattern: '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$' })
}

/** A {@link text} that is not blank. */
export function filledText (options: StringOptions): TString {
  return Type.String({
    minLength: 1,
    ...options,
    pattern: '^(?=[\\s\\S]*\\S)[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$'
  })
}

/** A field that Rocket.Chat's documents or clients name. It may have any value and is ignored. */
export function ignored (): TOptional<TUnknown> {
  return Type.Optional(Type.Unknown({ description: 'Accepted for compatibility and ignored.' }))
}

/**
 * An optional field of a request body. Some JSON clients leave the field out,
 * others send `null`. Both mean the same.
 */
export function nullable<T extends TSchema> (schema: T): TOptional<TUnion<[T, TNull]>> {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

/** A known field of the other integration type. It is accepted only if it is empty. */
export type TForeign = TOptional<TUnion<[TNull, TLiteral<''>]>>

/**
 * The fields of the other integration type. Real clients send one form for
 * both types (`"event": null, "urls": null` with an incoming integration), so
 * the fields are known but must be empty.
 */
export function foreign<T extends Record<string, TSchema>> (fields: T): { [K in keyof T]: TForeign } {
  const empty = Type.Optional(Type.Union([Type.Null(), Type.Literal('')], {
    description: 'A field of the other integration type: absent, null or empty here.'
  }))
  return mapFields(fields, () => empty)
}

/** The same fields, all optional. A field that is not sent is not changed. */
export function partial<T extends Record<string, TSchema>> (fields: T): { [K in keyof T]: TOptional<T[K]> } {
  return mapFields(fields, (schema) => Type.Optional(schema))
}

function mapFields<T extends Record<string, TSchema>, R> (fields: T, map: (schema: TSchema) => TSchema): R {
  // The type of Object.fromEntries cannot express "the same keys"; the signatures of the callers can.
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, map(schema)])) as R
}

/** The `_id` of an integration: 17 characters that are hard to confuse. */
export const IntegrationIdSchema = Type.String({
  description: 'Identifier of the integration: 17 random characters.',
  minLength: 1,
  examples: ['3aazpZ2WzoBP8msi9']
})

/** A moment: ISO 8601, UTC, milliseconds. */
export const TimestampSchema = Type.String({
  description: 'ISO 8601 in UTC with milliseconds.',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
  examples: ['2017-01-06T13:23:46.018Z']
})

/** The user that created or changed an integration, as the integration stores it. */
export const ActorSchema = Type.Object({
  _id: Type.String(),
  username: Type.String()
}, {
  description: 'The user who did it.',
  examples: [{ _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' }]
})
