import type { Static, TObject, TSchema } from '@sinclair/typebox'
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
