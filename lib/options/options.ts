import type { FastifySchema, RegisterOptions, RouteShorthandOptions } from 'fastify'
import type { OnChange } from '../model/changes.ts'
import type { ScriptPolicy } from '../management/draft/authority.ts'
import { InvalidOptionError } from '../errors/index.ts'
import { requireKnownOptions } from '../base/known-options.ts'
import { directory } from '../guard/tables/directory.ts'
import { store } from '../guard/tables/store.ts'
import type { Authenticate, HasPermission } from '../ports/auth.ts'
import type { Directory } from '../ports/directory.ts'
import type { IntegrationStore } from '../ports/store.ts'

/** Route options that the plugin sets itself. */
const ownRouteOptions = [
  'attachValidation', 'bodyLimit', 'errorHandler', 'handler', 'method', 'prefixTrailingSlash', 'schemaErrorFormatter',
  'serializerCompiler', 'url', 'validatorCompiler'
] as const

/** Parts of a route's schema that the plugin sets itself. */
const ownRouteSchemas = ['body', 'headers', 'operationId', 'params', 'querystring', 'query', 'response'] as const

/**
 * What a host may add to the routes of the plugin: hooks, `config`,
 * `constraints`, `logLevel`, `schema.tags` and so on. What makes a route work
 * (its URL, schemas, parser and error handler) is the plugin's.
 */
export type IntegrationRouteOptions =
  Omit<RouteShorthandOptions, typeof ownRouteOptions[number] | 'schema'> & {
    readonly schema?: Omit<FastifySchema, typeof ownRouteSchemas[number]> & {
      readonly tags?: readonly string[]
      readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
    }
  }

/** Options of the plugin. */
export interface IntegrationsOptions extends Pick<RegisterOptions, 'logLevel' | 'logSerializers'> {
  /** Says who is calling. {@link tokenHeaders} makes one for the two Rocket.Chat headers. */
  readonly authenticate: Authenticate
  /** Says whether a user holds a permission. */
  readonly hasPermission: HasPermission
  /** The host's users and rooms. */
  readonly directory: Directory
  /**
   * Keeps the integrations.
   *
   * @defaultValue a new `MemoryStore`, which forgets everything at exit
   */
  readonly store?: IntegrationStore | undefined
  /**
   * Where the routes are, in front of `/integrations.create`. Begins with a
   * slash, or is empty.
   *
   * @defaultValue `'/api/v1'`
   */
  readonly prefix?: string
  /**
   * Largest request body in bytes, whatever the host's own limit is.
   *
   * @defaultValue `262144` (256 KiB)
   */
  readonly bodyLimit?: number | undefined
  /**
   * Longest script in bytes of UTF-8.
   *
   * @defaultValue `65536` (64 KiB)
   */
  readonly maxScriptLength?: number | undefined
  /**
   * Whether integrations may carry scripts. With `'refuse'` a request that
   * brings or enables one is answered `error-scripts-disabled`.
   *
   * @defaultValue `'allow'`
   */
  readonly scripts?: ScriptPolicy | undefined
  /**
   * How long one request may wait for adapters and store, all calls together,
   * in milliseconds. After that it is answered 503.
   *
   * @defaultValue `5000`
   */
  readonly adapterTimeout?: number | undefined
  /**
   * Whether there are routes to list, get, update and remove integrations and
   * to regenerate tokens. Without them, `integrations.create` is the only one;
   * `fastify.integrations` can do everything either way.
   *
   * @defaultValue `true`
   */
  readonly managementRoutes?: boolean | undefined
  /**
   * How many integrations one answer of `integrations.list` holds when all are
   * asked for (`count=0`).
   *
   * @defaultValue `10000`
   */
  readonly maxListCount?: number | undefined
  /**
   * How many bytes of integrations one answer of `integrations.list` reads and
   * holds, as JSON. A larger one is refused with `error-list-too-large`.
   *
   * @defaultValue `16777216` (16 MiB)
   */
  readonly maxListBytes?: number | undefined
  /**
   * How many integrations of one type a caller may have that holds the
   * `manage-own-…` permission only.
   *
   * @defaultValue `100`
   */
  readonly maxIntegrationsPerCreator?: number | undefined
  /**
   * How long a create that came with an `Idempotency-Key` is remembered, in
   * milliseconds.
   *
   * @defaultValue `86400000` (24 hours)
   */
  readonly idempotencyTtl?: number | undefined
  /**
   * Told of every change after it was stored, for audit logs and
   * notifications: `{ action, integration, previous?, by }`, without tokens and
   * scripts. It can neither delay nor fail a request; what it throws is logged.
   *
   * @defaultValue `null`
   */
  readonly onChange?: OnChange | null | undefined
  /**
   * Merged into every route of the plugin.
   *
   * @defaultValue `{}`
   */
  readonly routeOptions?: IntegrationRouteOptions | undefined
}

/** The options, checked, with their defaults. Frozen. */
export type Settings = {
  readonly [Option in keyof Omit<IntegrationsOptions, 'logLevel' | 'logSerializers'>]-?: Exclude<IntegrationsOptions[Option], undefined>
}

const knownOptions = [
  'authenticate', 'hasPermission', 'directory', 'store', 'prefix', 'bodyLimit', 'maxScriptLength', 'scripts',
  'adapterTimeout', 'managementRoutes', 'maxListCount', 'maxListBytes', 'maxIntegrationsPerCreator', 'idempotencyTtl', 'onChange', 'routeOptions'
] as const satisfies ReadonlyArray<keyof Settings>

/** Options of Fastify's own `register` that apply to every plugin. */
const registerOptions = ['logLevel', 'logSerializers']

/** Longest wait that setTimeout can express. */
const longestTimeout = 2 ** 31 - 1

/**
 * Checks the options of the plugin and fills in defaults. The object of the
 * caller is neither kept nor changed.
 *
 * @param defaultStore makes the store when the host brings none.
 * @throws InvalidOptionError that names the option.
 */
export function resolveOptions (options: IntegrationsOptions, defaultStore: () => IntegrationStore): Settings {
  requireKnownOptions(options, [...knownOptions, ...registerOptions])
  const settings = {
    authenticate: options.authenticate,
    hasPermission: options.hasPermission,
    directory: options.directory,
    store: options.store ?? defaultStore(),
    prefix: options.prefix ?? '/api/v1',
    bodyLimit: options.bodyLimit ?? 256 * 1024,
    maxScriptLength: options.maxScriptLength ?? 64 * 1024,
    scripts: options.scripts ?? 'allow',
    adapterTimeout: options.adapterTimeout ?? 5000,
    managementRoutes: options.managementRoutes ?? true,
    maxListCount: options.maxListCount ?? 10_000,
    maxListBytes: options.maxListBytes ?? 16 * 1024 * 1024,
    maxIntegrationsPerCreator: options.maxIntegrationsPerCreator ?? 100,
    idempotencyTtl: options.idempotencyTtl ?? 24 * 60 * 60 * 1000,
    onChange: options.onChange ?? null,
    routeOptions: { ...options.routeOptions }
  }
  requireFunction('authenticate', settings.authenticate)
  requireFunction('hasPermission', settings.hasPermission)
  requireMethods('directory', settings.directory, Object.keys(directory))
  requireMethods('store', settings.store, Object.keys(store))
  requirePrefix(settings.prefix)
  requireInteger('bodyLimit', settings.bodyLimit, Number.MAX_SAFE_INTEGER)
  requireInteger('maxScriptLength', settings.maxScriptLength, Number.MAX_SAFE_INTEGER)
  if (!isOneOf(['allow', 'refuse'], settings.scripts)) throw new InvalidOptionError('scripts', "must be 'allow' or 'refuse'")
  requireInteger('adapterTimeout', settings.adapterTimeout, longestTimeout)
  if (typeof settings.managementRoutes !== 'boolean') throw new InvalidOptionError('managementRoutes', 'must be true or false')
  requireInteger('maxListCount', settings.maxListCount, Number.MAX_SAFE_INTEGER)
  requireInteger('maxListBytes', settings.maxListBytes, Number.MAX_SAFE_INTEGER)
  requireInteger('maxIntegrationsPerCreator', settings.maxIntegrationsPerCreator, Number.MAX_SAFE_INTEGER)
  requireInteger('idempotencyTtl', settings.idempotencyTtl, Number.MAX_SAFE_INTEGER)
  if (settings.onChange !== null) requireFunction('onChange', settings.onChange)
  requireRouteOptions(options.routeOptions)
  return Object.freeze(settings)
}

function requireFunction (option: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidOptionError(option, 'must be a function')
}

function requireMethods (option: string, value: unknown, methods: readonly string[]): void {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidOptionError(option, `must be an object with the methods ${methods.join(', ')}`)
  }
  for (const method of methods) {
    if (typeof Reflect.get(value, method) !== 'function') throw new InvalidOptionError(option, `must have a method ${method}`)
  }
}

function requirePrefix (prefix: unknown): void {
  if (typeof prefix === 'string' && (prefix === '' || /^\/(?:.*[^/])?$/s.test(prefix))) return
  throw new InvalidOptionError('prefix', "must be empty, or begin with '/' and not end with it")
}

function requireInteger (option: string, value: unknown, most: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return
  throw new InvalidOptionError(option, `must be an integer from 1 to ${most}`)
}

function requireRouteOptions (routeOptions: unknown): void {
  if (routeOptions === undefined) return
  if (typeof routeOptions !== 'object' || routeOptions === null) {
    throw new InvalidOptionError('routeOptions', 'must be an object')
  }
  for (const name of ownRouteOptions) {
    if (name in routeOptions) throw new InvalidOptionError('routeOptions', `must not set ${name}, which is the plugin's`)
  }
  const schema: unknown = Reflect.get(routeOptions, 'schema')
  if (schema === undefined) return
  if (typeof schema !== 'object' || schema === null) throw new InvalidOptionError('routeOptions', 'must have an object as schema')
  for (const name of ownRouteSchemas) {
    if (name in schema) throw new InvalidOptionError('routeOptions', `must not set schema.${name}, which is the plugin's`)
  }
}

function isOneOf (known: readonly string[], name: string): boolean {
  return known.includes(name)
}
