import { type TSchema } from '@sinclair/typebox'
import {
  type FastifyBaseLogger, type FastifyInstance, type RawReplyDefaultExpression, type RawRequestDefaultExpression,
  type RawServerDefault
} from 'fastify'
import { FailureReplySchema, UnauthenticatedReplySchema } from '../../schemas/index.ts'
import { type Rules } from '../core/rules.ts'
import { type IntegrationRouteOptions, type Settings } from '../options.ts'
import { type SchemaTypes } from './validator.ts'

/** The inner context, typed by the schemas of its routes. */
export type RoutesContext = FastifyInstance<
  RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, SchemaTypes
>

/** What every route is made of. */
export interface RouteParts {
  readonly context: RoutesContext
  readonly settings: Settings
  readonly rules: Rules
}

/** The host's additions to a route, apart from those to its schema. */
export function hostOptions ({ routeOptions: { schema, ...options }, bodyLimit }: Settings):
Omit<IntegrationRouteOptions, 'schema'> & { bodyLimit: number } {
  return { ...options, bodyLimit }
}

/** The answers of a route, by status. */
export function answers<T extends TSchema> (success: T): Answers<T> {
  return {
    200: success,
    400: describe(FailureReplySchema, 'invalid-params, missing permission, or a code of its own for every rule.'),
    401: UnauthenticatedReplySchema,
    '4xx': describe(FailureReplySchema, '403 error-unauthorized, 409 error-integration-changed or ' +
      'error-idempotency-key-in-use, 413 error-body-too-large, 415 error-unsupported-media-type, ' +
      '422 error-idempotency-key-reused.'),
    500: describe(FailureReplySchema, 'error-internal: anything unforeseen.'),
    503: describe(FailureReplySchema, 'error-service-unavailable: the store or an adapter is away; Retry-After says when to ask again.'),
    '5xx': FailureReplySchema
  }
}

interface Answers<T extends TSchema> {
  200: T
  400: typeof FailureReplySchema
  401: typeof UnauthenticatedReplySchema
  '4xx': typeof FailureReplySchema
  500: typeof FailureReplySchema
  503: typeof FailureReplySchema
  '5xx': typeof FailureReplySchema
}

function describe<T extends TSchema> (schema: T, description: string): T {
  return { ...schema, description }
}
