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
export function answers<T extends TSchema> (success: T): {
  200: T, 401: typeof UnauthenticatedReplySchema, '4xx': typeof FailureReplySchema, '5xx': typeof FailureReplySchema
} {
  return { 200: success, 401: UnauthenticatedReplySchema, '4xx': FailureReplySchema, '5xx': FailureReplySchema }
}
