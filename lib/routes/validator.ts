import { type Static, type TSchema } from '@sinclair/typebox'
import { type FastifyTypeProvider } from 'fastify'
import { asError } from './as-error.ts'

/** Types a handler by the TypeBox schemas of its route; a union of bodies stays narrowable by `type`. */
export interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

/** What Fastify understands as the outcome of a validation. */
type Validated = { value: unknown } | { error: Error }

/**
 * Lets a route validate its body with a function of the core instead of the
 * host's Ajv, which could convert or remove what it does not expect.
 *
 * @param validate returns the body or throws what the client is told.
 */
export function bodyValidator (validate: (body: unknown) => unknown): () => (body: unknown) => Validated {
  return () => (body) => {
    try {
      return { value: validate(body) }
    } catch (error) {
      // Returned, not thrown: Fastify takes what a validator throws for a mistake of the validator.
      return { error: asError(error) }
    }
  }
}
