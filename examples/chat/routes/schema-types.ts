import type { Static, TSchema } from '@sinclair/typebox'
import type {
  FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawReplyDefaultExpression,
  RawRequestDefaultExpression, RawServerDefault
} from 'fastify'

/** Types a handler by the TypeBox schemas of its route. */
interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

/** A Fastify context whose routes are typed by their schemas. */
export type TypedContext = FastifyInstance<
  RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, SchemaTypes
>
