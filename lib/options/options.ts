import type { RegisterOptions } from 'fastify'
import { requireKnownOptions } from '../base/known-options.ts'
import { InvalidOptionError } from '../errors/index.ts'
import { directory } from '../guard/tables/directory.ts'
import { history } from '../guard/tables/history.ts'
import { messenger } from '../guard/tables/messenger.ts'
import { store } from '../guard/tables/store.ts'
import type { ScriptPolicy } from '../management/draft/authority.ts'
import type { OnChange } from '../model/changes.ts'
import type { OnDelivery } from '../outgoing/delivery/report.ts'
import type { Authenticate, HasPermission } from '../ports/auth.ts'
import type { Directory } from '../ports/directory.ts'
import type { HistoryStore } from '../ports/history.ts'
import type { PortLifeCycle } from '../ports/life-cycle.ts'
import type { Messenger } from '../ports/messenger.ts'
import type { DeliveryQueue } from '../ports/queue.ts'
import type { Sandbox } from '../ports/sandbox.ts'
import type { IntegrationStore } from '../ports/store.ts'
import { type IncomingOptions, type IncomingSettings, readIncoming } from './incoming.ts'
import { managementSection } from './management.ts'
import { type OutgoingOptions, type OutgoingSettings, readOutgoing } from './outgoing.ts'
import { type IntegrationRouteOptions, requireRouteOptions } from './route-options.ts'
import { readSection } from './section.ts'

/** Options of the plugin. */
export interface IntegrationsOptions extends Pick<RegisterOptions, 'logLevel' | 'logSerializers'> {
  /** Finds the caller of a request. {@link tokenHeaders} makes one for the two Rocket.Chat headers. */
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
   * Posts messages into the host's chat. With a messenger, incoming webhooks
   * post: the hook routes are there.
   *
   * @defaultValue `null`: no hook routes
   */
  readonly messenger?: Messenger | null | undefined
  /**
   * Settings of incoming webhooks. They need a `messenger`. `false`: no hook
   * routes, in spite of a messenger.
   *
   * @defaultValue `{}`
   */
  readonly incoming?: IncomingOptions | false | undefined
  /**
   * Settings of outgoing webhooks. They are on with a `messenger`, with a `queue`
   * or with this option. `false`: no receiver is called, and
   * `fastify.integrations.emit` does nothing.
   *
   * @defaultValue `{}` with a `messenger` or a `queue`, otherwise `false`
   */
  readonly outgoing?: OutgoingOptions | false | undefined
  /**
   * Keeps the deliveries of outgoing webhooks until they are done.
   *
   * @defaultValue a new `InProcessQueue`, which forgets its deliveries at exit
   */
  readonly queue?: DeliveryQueue | undefined
  /**
   * Runs the scripts of integrations: `new ScriptSandbox()` of the entry
   * `./scripts`. Needs incoming or outgoing webhooks. Without a sandbox, an
   * integration with an enabled script posts and sends nothing.
   *
   * @defaultValue `null`: no script runs
   */
  readonly sandbox?: Sandbox | null | undefined
  /**
   * Keeps the history of the integrations: what happened in each call and each
   * delivery. With `false`, nothing is remembered and every history is empty.
   *
   * @defaultValue a new `MemoryHistory`; `false` when there are neither hook
   *   routes nor outgoing webhooks, because nothing happens then
   */
  readonly history?: HistoryStore | false | undefined
  /**
   * Where the routes are, in front of `/integrations.create`. Begins with a
   * slash, or is empty.
   *
   * @defaultValue `'/api/v1'`
   */
  readonly prefix?: string
  /**
   * Largest request body in bytes. The host's own limit does not count.
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
   * in milliseconds. After that, the request is answered 503. Each start and
   * each close of a port may take as long.
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
   * Called with every change after the change was stored, for audit logs and
   * notifications: `{ action, integration, previous?, by }`, without tokens,
   * secrets and scripts. This function can neither delay nor fail a request. Its errors are
   * logged.
   *
   * @defaultValue `null`
   */
  readonly onChange?: OnChange | null | undefined
  /**
   * Called with every finished attempt of a delivery of an outgoing webhook. This
   * function can neither delay nor fail a delivery. Its errors are logged.
   *
   * @defaultValue `null`
   */
  readonly onDelivery?: OnDelivery | null | undefined
  /**
   * Merged into every route of the plugin.
   *
   * @defaultValue `{}`
   */
  readonly routeOptions?: IntegrationRouteOptions | undefined
}

/** The options, checked, with their defaults. Frozen. */
export type Settings = {
  readonly [Option in keyof Omit<IntegrationsOptions, 'history' | 'incoming' | 'outgoing' | 'queue' | 'logLevel' | 'logSerializers'>]-?:
  Exclude<IntegrationsOptions[Option], undefined>
} & {
  /** Null when there are no hook routes. */
  readonly incoming: IncomingSettings | null
  /** Null when no receiver is called. */
  readonly outgoing: OutgoingSettings | null
  /** Null when no receiver is called. */
  readonly queue: DeliveryQueue | null
  /** Null when nothing is remembered. */
  readonly history: HistoryStore | null
}

/** The options that hold functions and objects. */
const otherOptions = ['authenticate', 'hasPermission', 'directory', 'store', 'messenger', 'incoming', 'outgoing', 'queue', 'sandbox', 'history', 'onChange', 'onDelivery', 'routeOptions']

/** Options of Fastify's own `register` that apply to every plugin. */
const registerOptions = ['logLevel', 'logSerializers']

const knownOptions = [...otherOptions, ...Object.keys(managementSection.properties), ...registerOptions]

/** Makes the parts that a host need not bring. */
export interface DefaultParts {
  readonly store: () => IntegrationStore
  readonly history: () => HistoryStore
  /** @param concurrency how many deliveries are worked on at a time. */
  readonly queue: (concurrency: number) => DeliveryQueue
}

/**
 * Checks the options of the plugin and fills in defaults. The object of the
 * caller is neither kept nor changed.
 *
 * @throws InvalidOptionError that names the option.
 */
export function resolveOptions (options: IntegrationsOptions, defaults: DefaultParts): Settings {
  requireKnownOptions(options, knownOptions)
  const incoming = incomingSettings(options)
  const outgoing = outgoingSettings(options)
  const settings = {
    authenticate: options.authenticate,
    hasPermission: options.hasPermission,
    directory: options.directory,
    store: options.store ?? defaults.store(),
    messenger: options.messenger ?? null,
    incoming,
    outgoing,
    queue: outgoing && (options.queue ?? defaults.queue(outgoing.concurrency)),
    sandbox: options.sandbox ?? null,
    history: options.history === false ? null : options.history ?? (incoming === null && outgoing === null ? null : defaults.history()),
    ...readSection(managementSection, options),
    onChange: options.onChange ?? null,
    onDelivery: options.onDelivery ?? null,
    routeOptions: { ...options.routeOptions }
  }
  requireFunction('authenticate', settings.authenticate)
  requireFunction('hasPermission', settings.hasPermission)
  requireMethods('directory', settings.directory, Object.keys(directory))
  requireMethods('store', settings.store, Object.keys(store))
  if (settings.messenger !== null) requireMethods('messenger', settings.messenger, ['post'])
  if (settings.messenger?.check !== undefined) requireMethods('messenger', settings.messenger, Object.keys(messenger))
  if (settings.queue !== null) requireQueue(settings.queue)
  if (settings.sandbox !== null) requireSandbox(settings.sandbox, incoming !== null || outgoing !== null)
  if (settings.history !== null) requireMethods('history', settings.history, Object.keys(history), ', or false')
  requireLifeCycle('store', settings.store)
  if (settings.messenger !== null) requireLifeCycle('messenger', settings.messenger)
  if (settings.history !== null) requireLifeCycle('history', settings.history)
  if (settings.queue !== null) requireLifeCycle('queue', settings.queue)
  if (settings.sandbox !== null) requireLifeCycle('sandbox', settings.sandbox)
  if (settings.onChange !== null) requireFunction('onChange', settings.onChange)
  if (settings.onDelivery !== null) requireFunction('onDelivery', settings.onDelivery)
  requireRouteOptions(options.routeOptions)
  return Object.freeze(settings)
}

function incomingSettings ({ messenger, incoming }: IntegrationsOptions): IncomingSettings | null {
  if (incoming === false) return null
  const settings = readIncoming(incoming)
  if (messenger != null) return settings
  if (incoming === undefined) return null
  throw new InvalidOptionError('incoming', 'needs the option messenger, which posts the messages')
}

function outgoingSettings ({ messenger, outgoing, queue }: IntegrationsOptions): OutgoingSettings | null {
  if (outgoing === false) return null
  const settings = readOutgoing(outgoing)
  return messenger == null && queue === undefined && outgoing === undefined ? null : settings
}

function requireFunction (option: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidOptionError(option, 'must be a function')
}

/** @param otherwise what the option may be instead, for the text of the error. */
function requireMethods (option: string, value: unknown, methods: readonly string[], otherwise: string = ''): void {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidOptionError(option, `must be an object with the methods ${methods.join(', ')}${otherwise}`)
  }
  for (const method of methods) {
    if (typeof Reflect.get(value, method) !== 'function') throw new InvalidOptionError(option, `must have a method ${method}`)
  }
}

function requireQueue (queue: DeliveryQueue): void {
  requireMethods('queue', queue, ['add', 'process', 'close'])
  if (typeof queue.keyPrefix !== 'string' || queue.keyPrefix.trim() === '') throw new InvalidOptionError('queue', 'must have a text as keyPrefix, which names the workspace')
  if (queue.pause !== undefined && typeof queue.pause !== 'function') throw new InvalidOptionError('queue', 'must have a function as pause, or none')
}

function requireSandbox (sandbox: Sandbox, isUsed: boolean): void {
  requireMethods('sandbox', sandbox, ['run', 'load', 'close'])
  if (!isUsed) throw new InvalidOptionError('sandbox', 'needs the option messenger, queue or outgoing: without webhooks no script runs')
}

/** A port may leave these methods out. */
function requireLifeCycle (option: string, port: PortLifeCycle): void {
  for (const method of ['start', 'close'] as const) {
    if (port[method] !== undefined && typeof port[method] !== 'function') {
      throw new InvalidOptionError(option, `must have a function as ${method}, or none`)
    }
  }
}
