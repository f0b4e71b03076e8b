import {
  type FastifyBaseLogger, type FastifyInstance, type RawReplyDefaultExpression, type RawRequestDefaultExpression,
  type RawServerDefault
} from 'fastify'
import { type Settings } from '../options.ts'
import { parseJsonOnly } from './body.ts'
import { createRoute } from './create.ts'
import { sendFailure } from './failure.ts'
import { authenticateRequests } from './session.ts'
import { type SchemaTypes } from './validator.ts'

/** The inner context, typed by the schemas of its routes. */
export type RoutesContext = FastifyInstance<
  RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, SchemaTypes
>

/**
 * Everything that speaks HTTP, in a context of its own: parser, validator,
 * serializer, error handler and hooks reach our routes and nothing else, and
 * our routes do not depend on what the host set for its own.
 */
export async function integrationRoutes (context: FastifyInstance, settings: Settings): Promise<void> {
  parseJsonOnly(context)
  // Answers are built field by field in the core; a host's serializer could convert or drop some.
  context.setSerializerCompiler(() => (body) => JSON.stringify(body))
  context.setReplySerializer((body) => JSON.stringify(body))
  context.setErrorHandler(sendFailure)
  authenticateRequests(context, settings)
  createRoute(context.withTypeProvider<SchemaTypes>(), settings)
}
