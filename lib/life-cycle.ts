import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { isPromiseLike } from './base/is-promise-like.ts'
import { AdapterFailedError, AdapterTimeoutError } from './errors/index.ts'
import { type Timeout, TimeBudget } from './guard/time-budget.ts'
import type { PortCall } from './ports/call.ts'
import type { Part, PortLifeCycle } from './ports/life-cycle.ts'
import { loggable } from './routes/loggable.ts'

/**
 * Adds the hooks of Fastify that start and close the parts of a registration:
 *
 * - `onReady`: the parts start, one after the other. The first part that fails
 *   makes `app.ready()` reject.
 * - `preClose`: the parts take no new work. Requests are still under way.
 * - `onClose`: the parts are closed one after the other, the last one first.
 *   Every request has its answer. A part that fails or hangs is logged, and the
 *   others are closed all the same.
 *
 * @param parts in the order of their start. A part comes after the parts that it uses.
 * @param timeout how long each start, each stop and each close may take.
 */
export function addLifeCycle (context: FastifyInstance, parts: readonly Part[], timeout: Timeout): void {
  const held = parts.map((part) => new HeldPart(part, timeout, context.log))
  const lastFirst = held.toReversed()
  // A hook for each part: Fastify's pluginTimeout bounds each hook, and not all starts together.
  for (const part of held) context.addHook('onReady', async () => { await part.start() })
  const stop = async (): Promise<void> => { await Promise.all(lastFirst.map((part) => part.stop())) }
  context.addHook('preClose', stop)
  context.addHook('onClose', async () => {
    // Fastify leaves out the hooks of preClose that come after a hook of the host that fails.
    await stop()
    for (const part of lastFirst) await part.close()
  })
}

/** The use of a part by all registrations that hold it. */
interface Use {
  registrations: number
  /** The start of the part; absent while it was not called, and after it failed. */
  started?: Promise<void> | undefined
}

/** Those of all parts in this process: servers share parts as well. */
const uses = new WeakMap<PortLifeCycle, Use>()

/** A part in one registration. */
class HeldPart {
  readonly #part: Part
  readonly #timeout: Timeout
  readonly #log: FastifyBaseLogger
  readonly #use: Use
  #stopped: Promise<void> | undefined

  constructor (part: Part, timeout: Timeout, log: FastifyBaseLogger) {
    this.#part = part
    this.#timeout = timeout
    this.#log = log
    this.#use = uses.get(part.of) ?? { registrations: 0 }
    this.#use.registrations++
    uses.set(part.of, this.#use)
  }

  /** @throws AdapterFailedError or AdapterTimeoutError. */
  async start (): Promise<void> {
    const use = this.#use
    const started = use.started ??= this.#call('start', (call) => this.#part.of.start?.(call))
    try {
      await started
    } catch (error) {
      if (use.started === started) use.started = undefined
      throw error
    }
  }

  async stop (): Promise<void> {
    await (this.#stopped ??= this.#attempt('stop', (call) => this.#part.stop?.(call)))
  }

  async close (): Promise<void> {
    if (--this.#use.registrations > 0) return
    uses.delete(this.#part.of)
    // Fastify may have given the start up earlier than adapterTimeout.
    await this.#use.started?.catch(() => {})
    await this.#attempt('close', (call) => this.#part.of.close?.(call))
  }

  /** Takes a step of the end. An error is logged: nobody could do anything about it, and the other parts must end as well. */
  async #attempt (step: 'stop' | 'close', method: (call: PortCall) => unknown): Promise<void> {
    try {
      await this.#call(step, method)
    } catch (error) {
      this.#log.error({ err: loggable(error) }, 'a part of the plugin failed while the server was closing')
    }
  }

  async #call (step: 'start' | 'stop' | 'close', method: (call: PortCall) => unknown): Promise<void> {
    const label = `${this.#part.name}.${step}`
    const budget = new TimeBudget(this.#timeout)
    try {
      const answer = method(budget)
      if (isPromiseLike(answer)) await budget.wait(label, answer)
    } catch (cause) {
      // A host prints the error of a start that fails, and a client of a database attaches the command to its errors.
      throw cause instanceof AdapterTimeoutError ? cause : new AdapterFailedError(label, { cause: loggable(cause) })
    }
  }
}
