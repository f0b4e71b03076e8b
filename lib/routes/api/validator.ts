import type { Static, TObject, TSchema } from '@sinclair/typebox'
import type { FastifyTypeProvider } from 'fastify'
import { asError } from '../as-error.ts'

/** Types a handler by the TypeBox schemas of its route; a union of bodies stays narrowable by `type`. */
export interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

/** What Fastify understands as the outcome of a validation. */
type Validated = { value: unknown } | { error: Error }

/**
 * Lets a route validate its body or query with a function of a capability instead
 * of the host's Ajv, which could convert or remove what it does not expect.
 *
 * @param validate returns its argument, or throws the error that the client gets.
 * @param part the part of the request that is validated. Other parts are not validated.
 */
export function validateWith (
  validate: (value: unknown) => unknown, part?: 'body'
): (route?: { readonly httpPart?: string | undefined }) => (value: unknown) => Validated {
  return ({ httpPart } = {}) => (value) => {
    if (part !== undefined && httpPart !== part) return { value }
    try {
      return { value: validate(value) }
    } catch (error) {
      // Returned, not thrown: Fastify treats an error that a validator throws as a fault of the validator.
      return { error: asError(error) }
    }
  }
}

/**
 * The parameters of a query: of one that is repeated, the last counts; one that
 * the schema knows and that is blank counts as absent.
 */
export function parametersOf (query: unknown, { properties }: TObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries<unknown>(Object(query))
    .map(([name, value]): [string, unknown] => [name, Array.isArray(value) ? value.at(-1) : value])
    .filter(([name, value]) => !(Object.hasOwn(properties, name) && typeof value === 'string' && value.trim() === '')))
}
