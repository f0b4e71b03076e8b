import type { FastifySchema, RouteShorthandOptions } from 'fastify'
import { InvalidOptionError } from '../errors/index.ts'

/** Route options that the plugin sets itself. */
const ownRouteOptions = [
  'attachValidation', 'bodyLimit', 'errorHandler', 'handler', 'method', 'prefixTrailingSlash', 'schemaErrorFormatter',
  'serializerCompiler', 'url', 'validatorCompiler'
] as const

/** Parts of a route's schema that the plugin sets itself. */
const ownRouteSchemas = ['body', 'headers', 'operationId', 'params', 'querystring', 'query', 'response'] as const

/**
 * What a host may add to the routes of the plugin: hooks, `config`,
 * `constraints`, `logLevel`, `schema.tags` and so on. The parts that make a
 * route work (URL, schemas, parser and error handler) belong to the plugin.
 */
export type IntegrationRouteOptions =
  Omit<RouteShorthandOptions, typeof ownRouteOptions[number] | 'schema'> & {
    readonly schema?: Omit<FastifySchema, typeof ownRouteSchemas[number]> & {
      readonly tags?: readonly string[]
      readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
    }
  }

/**
 * Refuses route options that the plugin sets itself.
 *
 * @param option the name of the option that holds them.
 * @throws InvalidOptionError
 */
export function requireRouteOptions (
  routeOptions: unknown, option: string = 'routeOptions'
): asserts routeOptions is IntegrationRouteOptions | undefined {
  if (routeOptions === undefined) return
  if (typeof routeOptions !== 'object' || routeOptions === null) {
    throw new InvalidOptionError(option, 'must be an object')
  }
  for (const name of ownRouteOptions) {
    if (name in routeOptions) throw new InvalidOptionError(option, `must not set ${name}, which is the plugin's`)
  }
  const schema: unknown = Reflect.get(routeOptions, 'schema')
  if (schema === undefined) return
  if (typeof schema !== 'object' || schema === null) throw new InvalidOptionError(option, 'must have an object as schema')
  for (const name of ownRouteSchemas) {
    if (name in schema) throw new InvalidOptionError(option, `must not set schema.${name}, which is the plugin's`)
  }
}
