import type {
  FastifyBaseLogger, FastifyInstance, FastifySchema, RawReplyDefaultExpression, RawRequestDefaultExpression,
  RawServerDefault
} from 'fastify'
import type { ExplainParts } from '../../explain/explain.ts'
import type { Deliveries } from '../../history/deliveries.ts'
import type { Rules } from '../../management/rules.ts'
import type { Settings } from '../../options/options.ts'
import type { IntegrationRouteOptions } from '../../options/route-options.ts'
import { type About, type Documentation, documented as describe } from '../document.ts'
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
  /** Null on a server without outgoing webhooks. */
  readonly deliveries: Deliveries | null
  /** The parts that explanations are made with. */
  readonly explanations: ExplainParts
  readonly documentation: Documentation
}

/** The host's additions to a route, apart from those to its schema. */
export function hostOptions ({ routeOptions: { schema, ...options }, bodyLimit }: Settings):
Omit<IntegrationRouteOptions, 'schema'> & { bodyLimit: number } {
  return { ...options, bodyLimit }
}

/** The schema of a route of the management, as a document shows it. */
export function documented<S extends FastifySchema> ({ settings, documentation }: RouteParts, about: About, schema: S): S {
  return describe(documentation, settings.routeOptions.schema, about, schema)
}
