import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Redis } from 'ioredis'
import type { Test } from 'tap'
import { hookPath } from './hook-host.ts'
import { forkWithoutHooks } from './run.ts'
import { unchecked } from './unchecked.ts'
import { endWithThisProcess } from './watchdog.ts'

/** The settings of a server. Times are in milliseconds. */
export interface HookWorkerSettings {
  readonly redisPort: number
  /** The messenger takes a random time from `fastest` to `slowest`. */
  readonly fastest: number
  readonly slowest: number
  /** The option `incoming.timeout`. */
  readonly timeout: number
}

/** The words of a server that has closed. */
export interface HookWorkerReport {
  /** The `webhook-id` of each request whose head the server has read. */
  readonly accepted: readonly string[]
}

/** The Redis list that the messengers of all processes append the texts of their messages to. */
export const chatKey = 'chat'

/** A messenger holds a message whose text begins with "held": it sets the first key, and waits for the second one. */
export const holdKeys = {
  held: (text: string): string => `messenger holds: ${text}`,
  free: (text: string): string => `messenger may post: ${text}`
}

/** Whether a process that posts a message with this text dies at once, before it can note the delivery. */
export function isDeadly (text: string): boolean {
  return text.startsWith('deadly')
}

/** The texts in the chat, the oldest first. */
export async function chatOf (redis: Redis): Promise<string[]> {
  return await redis.lrange(chatKey, 0, -1)
}

/** How often each text is in a list. */
export function countsOf (texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

/** A server with incoming webhooks, in a process of its own. */
export class HookServer {
  readonly port: number
  /** The URL of the hook of `hookRecord`. */
  readonly url: string
  readonly #child: ChildProcess

  private constructor (child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
    this.url = `http://127.0.0.1:${port}${hookPath()}`
  }

  /** Starts a server; the teardown of the test ends it. */
  static async start (t: Test, settings: HookWorkerSettings): Promise<HookServer> {
    const child = fork(new URL('./hook-worker.js', import.meta.url), [JSON.stringify(settings)], {
      // Its output would be taken for test results.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'], ...forkWithoutHooks()
    })
    endWithThisProcess(child)
    t.teardown(() => child.kill('SIGKILL'))
    return new HookServer(child, unchecked<number>(await nextOf(child)))
  }

  /** Tells the server to end, by SIGTERM; the report comes when it has closed. */
  async terminate (): Promise<HookWorkerReport & { readonly code: number | null }> {
    const exited = once(this.#child, 'exit')
    const said = nextOf(this.#child)
    this.#child.kill('SIGTERM')
    const { accepted } = unchecked<HookWorkerReport>(await said)
    const [code] = unchecked<[number | null]>(await exited)
    return { accepted, code }
  }
}

/** The next message of a process. @throws when the process ends instead. */
async function nextOf (child: ChildProcess): Promise<unknown> {
  const controller = new AbortController()
  const { signal } = controller
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([said]: unknown[]) => said),
      once(child, 'exit', { signal }).then(([code]: unknown[]) => { throw new Error(`the process ended with ${String(code)}`) })
    ])
  } finally {
    controller.abort()
  }
}
