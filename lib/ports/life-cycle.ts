import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'

/**
 * The optional methods of a port that has something to open or to close. The
 * plugin calls them with the server: a port that several registrations share is
 * started with the first one and closed with the last one.
 */
export interface PortLifeCycle {
  /**
   * Opens what the port needs. Called once, in Fastify's hook `onReady`. The
   * ports start one after the other. Other methods may be called before, when
   * code of the host uses `fastify.integrations` before the server is ready.
   *
   * @param call its signal is aborted after `adapterTimeout`. Fastify's own
   *   `pluginTimeout` bounds the start as well.
   * @throws any error: `app.ready()` and `app.listen()` reject with an
   *   `AdapterFailedError` that names the port. When the start takes longer than
   *   `adapterTimeout`, they reject with an `AdapterTimeoutError`.
   */
  start? (call: PortCall): Awaitable<void>
  /**
   * Closes what the port has opened. Called once, in Fastify's hook `onClose`,
   * when every request has its answer. The ports close in the reverse order of
   * their start. The method is also called when `start` failed, took too long or
   * was never called.
   *
   * A port without this method is not closed: a client that the host made stays
   * with the host.
   *
   * @param call its signal is aborted after `adapterTimeout`. The server waits no longer then.
   * @throws any error: the error is logged, and the other ports are closed all the same.
   */
  close? (call: PortCall): Awaitable<void>
}

/** A part that starts and closes with the server: a port, or a part of the plugin itself. */
export interface Part {
  /** The name of the part in errors and logs. For a port, the option that holds the port. */
  readonly name: string
  /** The part. Registrations that share the same object share its start and its close. */
  readonly of: PortLifeCycle
  /** Ends the taking of new work. Requests that are under way may still use the part. */
  readonly stop?: (call: PortCall) => Awaitable<void>
}
