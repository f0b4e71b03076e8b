import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from './redis-server.ts'
import { withoutHooks } from './run.ts'
import { endWithThisProcess } from './watchdog.ts'

/** What a test may set of an example's environment. */
export interface ExampleEnvironment {
  readonly PORT?: string
  readonly REDIS_URL?: string
  readonly WORKSPACE?: string
  readonly OUTGOING_ALLOW?: string
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What an example prints when it is ready, with its address as the first group. */
const ready = {
  standalone: /^fastify-chat-integrations example: (http:\S+)$/m,
  embedded: /Server listening at (http:[^"]+)/
}

/** An example that runs as a process of its own, as its reader would run it. */
export class Example {
  readonly port: number
  /** Settles when the process has ended and all its output is here. */
  readonly ended: Promise<Ending>
  stdout = ''
  stderr = ''
  readonly #name: keyof typeof ready
  readonly #child: ChildProcess
  /** Emits `news` with every piece of output, and at the end. */
  readonly #voice = new EventEmitter()
  #over = false

  private constructor (name: keyof typeof ready, port: number, environment: ExampleEnvironment) {
    this.port = port
    this.#name = name
    // The shell of whoever runs the tests decides nothing here.
    const { HOST, REDIS_URL, WORKSPACE, OUTGOING_ALLOW, ...inherited } = process.env
    // Seen from dist/test/support, where this file is compiled to.
    const file = join(import.meta.dirname, '..', '..', 'examples', `${name}.js`)
    this.#child = spawn(...withoutHooks(process.execPath, [file]), {
      env: { ...inherited, PORT: String(port), ...environment },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    endWithThisProcess(this.#child)
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#voice.emit('news')
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#voice.emit('news')
    })
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#over = true
      this.#voice.emit('news')
      return { code, signal }
    })
  }

  /** Starts an example; the test's teardown ends it, if the test has not. */
  static async launch (t: Test, name: keyof typeof ready, environment: ExampleEnvironment = {}): Promise<Example> {
    const example = new Example(name, await freePort(), environment)
    t.teardown(() => example.end('SIGKILL'))
    return example
  }

  /** Starts an example and waits until it says that it is ready. */
  static async start (t: Test, name: keyof typeof ready, environment: ExampleEnvironment = {}): Promise<Example> {
    const example = await Example.launch(t, name, environment)
    await example.says(ready[name])
    return example
  }

  /** Everything that it printed so far. */
  get output (): string {
    return this.stdout + this.stderr
  }

  /** The address that it printed. */
  get address (): string | undefined {
    return ready[this.#name].exec(this.output)?.[1]
  }

  /** Waits until the output matches. */
  async says (pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      if (this.#over) throw new Error(`it ended without saying ${pattern}:\n${this.output}`)
      await once(this.#voice, 'news')
    }
  }

  /** Lines of the output that match. */
  lines (pattern: RegExp): string[] {
    return this.output.split('\n').filter((line) => pattern.test(line))
  }

  /** Sends a signal; does nothing when the process has ended already. */
  signal (signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal and waits for the end. */
  end (signal: NodeJS.Signals): Promise<Ending> {
    this.signal(signal)
    return this.ended
  }

  /** Waits until connections to its port are refused. */
  async portClosed (): Promise<void> {
    for (;;) {
      const socket = connect(this.port, '127.0.0.1')
      try {
        await once(socket, 'connect')
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return
      } finally {
        socket.destroy()
      }
    }
  }
}

/** Posts to `integrations.create`. */
export function create (example: Example, headers: Record<string, string>, body: unknown): Promise<Response> {
  return fetch(`${example.address}/api/v1/integrations.create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body)
  })
}
