import { type Static, type TInteger, type TObject, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { InvalidOptionError } from '../errors/index.ts'

/** The description of an option that holds plain data: the default, and the text of the error when the value does not fit. */
interface About<T> {
  readonly default: T
  readonly must: string
}

/** Adds the default and the text of the error to the schema of a plain option. */
export function plain<S extends TSchema> (schema: S, about: About<Static<S>>): S {
  return { ...schema, ...about }
}

/** Longest wait that setTimeout can express, in milliseconds. */
export const longestTimeout = 2 ** 31 - 1

/** The schema of an option that counts something: an integer from 1. */
export function count (standard: number, most: number = Number.MAX_SAFE_INTEGER): TInteger {
  return plain(Type.Integer({ minimum: 1, maximum: most }), { default: standard, must: `must be an integer from 1 to ${most}` })
}

/**
 * Reads the plain options of a section. An option that is absent has its
 * default.
 *
 * @param section the options, each made by {@link plain}.
 * @param given the options of the host. Options that are not in the section are not read.
 * @param path stands in front of the names in errors: `incoming.`.
 * @throws InvalidOptionError that names the option.
 */
export function readSection<S extends TObject> (section: S, given: object, path: string = ''): Static<S> {
  const values: Record<string, unknown> = {}
  for (const [name, { default: fallback }] of Object.entries<TSchema>(section.properties)) {
    values[name] = Reflect.get(given, name) ?? fallback
  }
  if (Value.Check(section, values)) return values
  const [name = ''] = [...Value.Errors(section, values)].map(({ path }) => path.slice(1))
  throw new InvalidOptionError(path + name, String(section.properties[name]?.['must']))
}
