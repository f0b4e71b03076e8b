import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import type { DeliveryReport } from '../../lib/index.ts'
import { forkWithoutHooks } from './run.ts'
import { endWithThisProcess } from './watchdog.ts'

/** The settings of a server with outgoing webhooks. Times are in milliseconds. */
export interface DeliverySettings {
  readonly redisPort: number
  readonly keyPrefix?: string
  /** Default: a BullmqQueue. */
  readonly inProcess?: boolean
  /** Of the queue. */
  readonly lockDuration?: number
  readonly maxWaitingPerLane?: number
  /** Of the history. */
  readonly maxEntries?: number
  /** The option `outgoing.timeout`. */
  readonly timeout?: number
  /** The clock of the process: it shows `since` at that moment, and goes so many times as fast from there on. */
  readonly clock?: { readonly since: number, readonly speed: number }
}

/** Events to be emitted: messages in #general with the ids `<name>-0`, `<name>-1` and so on. */
export interface Emitting {
  readonly name: string
  readonly count: number
  /** So many are emitted in one turn of the event loop. */
  readonly atOnce: number
  /** Milliseconds between these turns; 0: the next turn. */
  readonly every: number
}

/** What a server tells, as it happens. */
export type DeliveryNote =
  | { readonly kind: 'ready', readonly port: number }
  /** Events whose promise has resolved, by the ids of their messages. */
  | { readonly kind: 'emitted', readonly results: readonly EmittedEvent[] }
  /** All of them have been emitted and have resolved. */
  | { readonly kind: 'done', readonly name: string }
  | { readonly kind: 'reports', readonly reports: readonly DeliveryReport[] }
  | { readonly kind: 'log', readonly line: string }
  | { readonly kind: 'state', readonly state: DeliveryState }

/** An event whose promise has resolved. */
export interface EmittedEvent {
  readonly messageId: string
  /** When it was emitted, in milliseconds since 1970. It is also the text of the message. */
  readonly at: number
  readonly deliveries: number
  readonly dropped: number
}

/** How a server is doing. */
export interface DeliveryState {
  /** The longest time that one call of `emit` has held its caller, in milliseconds. */
  readonly longestEmit: number
  /** How long the event loop was held at most since the last answer, and its 99th percentile, in milliseconds. */
  readonly held: number
  readonly heldP99: number
  /** Bytes of the JavaScript heap that are in use after a collection (with `--expose-gc`). */
  readonly heap: number
  /** The most bytes that the process had so far. */
  readonly mostMemory: number
  /** Rejections that nobody handled, and warnings. */
  readonly complaints: readonly string[]
}

/** What a server can be told. */
export type DeliveryCommand =
  | { readonly kind: 'emit', readonly emitting: Emitting }
  | { readonly kind: 'state' }
  | { readonly kind: 'close' }

/** A server with outgoing webhooks, RedisStore, BullmqQueue and RedisHistory, in a process of its own. */
export class DeliveryServer {
  /** Where it listens; empty before it is ready. */
  url = ''
  readonly emitted: EmittedEvent[] = []
  readonly reports: DeliveryReport[] = []
  /** Lines of the log, from warnings on. */
  readonly log: string[] = []
  readonly #child: ChildProcess
  /** Rejects when the process ends. */
  readonly #gone: Promise<never>
  readonly #done = new Map<string, () => void>()
  #ready: () => void = () => {}
  #told: (state: DeliveryState) => void = () => {}

  private constructor (child: ChildProcess) {
    this.#child = child
    this.#gone = once(child, 'exit').then(([code]: unknown[]) => { throw new Error(`the process ended with ${String(code)}`) })
    // A process that is told nothing any more may end.
    this.#gone.catch(() => {})
    child.on('message', (note: DeliveryNote) => { this.#note(note) })
  }

  /** Starts a server; the teardown of the test ends it. */
  static async start (t: Test, settings: DeliverySettings, execArgv: readonly string[] = []): Promise<DeliveryServer> {
    const child = fork(new URL('./delivery-worker.js', import.meta.url), [JSON.stringify(settings)], {
      // Its output would be taken for test results.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'], ...forkWithoutHooks(execArgv)
    })
    endWithThisProcess(child)
    t.teardown(() => child.kill('SIGKILL'))
    const server = new DeliveryServer(child)
    const ready = new Promise<void>((resolve) => { server.#ready = resolve })
    await Promise.race([ready, server.#gone])
    return server
  }

  /** Emits events, and resolves when the promises of all of them have. @throws when the process ends before. */
  async emit (emitting: Emitting): Promise<void> {
    const done = new Promise<void>((resolve) => { this.#done.set(emitting.name, resolve) })
    this.#tell({ kind: 'emit', emitting })
    await Promise.race([done, this.#gone])
  }

  async state (): Promise<DeliveryState> {
    const told = new Promise<DeliveryState>((resolve) => { this.#told = resolve })
    this.#tell({ kind: 'state' })
    return await Promise.race([told, this.#gone])
  }

  /**
   * The messages all of whose deliveries are safe in the queue. On a machine that
   * is busy with something else, others are dropped: the queue may take longer
   * than an event waits.
   *
   * @param count how many deliveries a message has.
   */
  kept (count: number): string[] {
    return this.emitted.filter(({ deliveries }) => deliveries === count).map(({ messageId }) => messageId)
  }

  /** Ends the process at once, as a crash would. */
  async kill (): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  /** Closes the server as a host does. */
  async close (): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#tell({ kind: 'close' })
    await exited
  }

  #tell (command: DeliveryCommand): void {
    this.#child.send(command)
  }

  #note (note: DeliveryNote): void {
    switch (note.kind) {
      case 'ready':
        this.url = `http://127.0.0.1:${note.port}`
        this.#ready()
        break
      case 'emitted': this.emitted.push(...note.results); break
      case 'done': this.#done.get(note.name)?.(); break
      case 'reports': this.reports.push(...note.reports); break
      case 'log': this.log.push(note.line); break
      case 'state': this.#told(note.state)
    }
  }
}
