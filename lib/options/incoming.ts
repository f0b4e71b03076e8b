import { type Static, type TInteger, type TLiteral, type TUnion, Type } from '@sinclair/typebox'
import { requireKnownOptions } from '../base/known-options.ts'
import { InvalidOptionError } from '../errors/index.ts'
import { type IntegrationRouteOptions, requireRouteOptions } from './route-options.ts'
import { count, longestTimeout, plain, readSection } from './section.ts'

/** Settings of incoming webhooks. */
export interface IncomingOptions {
  /**
   * Where the hook routes are, in front of `/:integrationId/:token`. Begins with
   * a slash. A prefix of the context that registers the plugin stands before it.
   *
   * @defaultValue `'/hooks'`
   */
  readonly prefix?: string | undefined
  /**
   * Largest body of a hook in bytes. A larger one is answered 413.
   *
   * @defaultValue `1048576` (1 MiB)
   */
  readonly bodyLimit?: number | undefined
  /**
   * How long a request to a hook may take when its body has arrived, in
   * milliseconds: adapters, store, messenger and script share this time. Many
   * senders wait no longer than 3 seconds. After that, the request is answered 503.
   *
   * @defaultValue `3000`
   */
  readonly timeout?: number | undefined
  /**
   * How long the body of a request may take to arrive, in milliseconds. After
   * that, the request is answered 408 and its connection is closed.
   *
   * @defaultValue `30000`
   */
  readonly bodyTimeout?: number | undefined
  /**
   * Longest text of a message in UTF-16 units. A longer text is cut and ends
   * with an ellipsis.
   *
   * @defaultValue `40000`
   */
  readonly maxTextLength?: number | undefined
  /**
   * How many requests a minute one integration may get, in this process. All of
   * them may come at once: alerts come in storms. More are answered 429. `false`:
   * no limit.
   *
   * @defaultValue `300`
   */
  readonly rateLimit?: number | false | undefined
  /**
   * How many requests with a wrong id or token a minute are answered 404 for one
   * address, in this process. More are answered 429. An address is
   * `request.ip`, of IPv6 the first 64 bits. A request with the right token is
   * never refused for it. `false`: no limit.
   *
   * @defaultValue `30`
   */
  readonly wrongTokenLimit?: number | false | undefined
  /**
   * How long a delivery that has an id of its own is remembered after its message
   * was posted, in milliseconds. If the sender sends it again, nothing is posted.
   *
   * @defaultValue `3600000` (one hour)
   */
  readonly idempotencyTtl?: number | undefined
  /**
   * Merged into every hook route. The option `routeOptions` of the plugin does
   * not count there: hooks have no host authentication.
   *
   * @defaultValue `{}`
   */
  readonly routeOptions?: IntegrationRouteOptions | undefined
}

function limit (standard: number): TUnion<[TInteger, TLiteral<false>]> {
  return plain(Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Type.Literal(false)]), {
    default: standard,
    must: 'must be an integer from 1 to 1000000, or false'
  })
}

/** The plain options of incoming webhooks. */
export const incomingSection = Type.Object({
  prefix: plain(Type.String({ pattern: '^/([^*?#]*[^*?#/])$' }), {
    default: '/hooks',
    must: "must begin with '/', must not end with it, must not be empty, and must hold no '*', '?' or '#'"
  }),
  bodyLimit: count(1024 * 1024),
  timeout: count(3000, longestTimeout),
  bodyTimeout: count(30_000, longestTimeout),
  maxTextLength: count(40_000),
  rateLimit: limit(300),
  wrongTokenLimit: limit(30),
  idempotencyTtl: count(60 * 60 * 1000)
})

/** The settings of incoming webhooks, with their defaults. Frozen. */
export type IncomingSettings = Readonly<Static<typeof incomingSection>> & { readonly routeOptions: IntegrationRouteOptions }

const knownOptions = [...Object.keys(incomingSection.properties), 'routeOptions']

/**
 * Checks the settings of incoming webhooks and fills in defaults.
 *
 * @param given the option `incoming` as the host gave it.
 * @throws InvalidOptionError that names the option.
 */
export function readIncoming (given: unknown = {}): IncomingSettings {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('incoming', 'must be an object, or false')
  requireKnownOptions(given, knownOptions, undefined, 'incoming.')
  const routeOptions: unknown = Reflect.get(given, 'routeOptions')
  requireRouteOptions(routeOptions, 'incoming.routeOptions')
  return Object.freeze({ ...readSection(incomingSection, given, 'incoming.'), routeOptions: { ...routeOptions } })
}
