import type {
  FastifyBaseLogger, FastifyInstance, FastifySchema, RawReplyDefaultExpression, RawRequestDefaultExpression,
  RawServerDefault
} from 'fastify'
import type { Rules } from '../../management/rules.ts'
import type { Settings } from '../../options/options.ts'
import type { IntegrationRouteOptions } from '../../options/route-options.ts'
import type { Documentation } from './document.ts'
import type { SchemaTypes } from './validator.ts'

/** The inner context, typed by the schemas of its routes. */
export type RoutesContext = FastifyInstance<
  RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, SchemaTypes
>

/** The parts that every route is made of. */
export interface RouteParts {
  readonly context: RoutesContext
  readonly settings: Settings
  readonly rules: Rules
  readonly documentation: Documentation
}

/** The host's additions to a route, apart from those to its schema. */
export function hostOptions ({ routeOptions: { schema, ...options }, bodyLimit }: Settings):
Omit<IntegrationRouteOptions, 'schema'> & { bodyLimit: number } {
  return { ...options, bodyLimit }
}

/** The description of a route in a document. */
interface About {
  /** The name of the operation; the host has no say in it. */
  readonly operationId: string
  readonly summary: string
  readonly description: string
}

/** The schema of a route: its description, the host's additions to the description, and the forms of requests and answers. */
export function documented<S extends FastifySchema> (
  { settings: { routeOptions }, documentation }: RouteParts, { operationId, ...about }: About, schema: S
): S {
  const { hide } = { hide: false, ...routeOptions.schema }
  const whole = { ...about, ...routeOptions.schema, operationId: documentation.operationId(operationId), ...schema }
  // A getter: which kind of document is made is known only then.
  return Object.defineProperty(whole, 'hide', { enumerable: true, get: () => hide || documentation.hidden })
}
