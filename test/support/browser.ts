import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import type { Test } from 'tap'

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars'
]

/** Where Chromium is installed, or undefined. */
export function findChromium (): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

type Fields = Record<string, unknown>

/** One page of a headless Chromium, driven by its debugging protocol over two pipes of the process. */
export class Browser {
  readonly #child: ChildProcess
  readonly #profile: string
  readonly #input: Writable
  readonly #answers = new Map<number, { resolve: (result: Fields) => void, reject: (error: Error) => void }>()
  #lastId = 0
  #session: string | undefined
  /** What the page wrote to its console or did not catch, and what its policy refused. */
  readonly complaints: string[] = []

  private constructor (file: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'browser-'))
    this.#child = spawn(file, [...flags, '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']
    })
    const [input, output] = [this.#child.stdio[3], this.#child.stdio[4]]
    if (!(input instanceof Writable) || !(output instanceof Readable)) throw new Error('Chromium has no pipes')
    this.#input = input
    let rest = ''
    output.setEncoding('utf8')
    output.on('data', (text: string) => {
      const messages = (rest + text).split('\0')
      rest = messages.pop() ?? ''
      for (const message of messages) this.#take(JSON.parse(message))
    })
  }

  /** Starts Chromium with one empty page; the test's teardown ends it. */
  static async start (t: Test, file: string): Promise<Browser> {
    const browser = new Browser(file)
    t.teardown(() => browser.#end())
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true })
    browser.#session = String(sessionId)
    for (const domain of ['Page', 'Runtime', 'Log']) await browser.send(`${domain}.enable`)
    return browser
  }

  /** Sends a command of the debugging protocol. */
  send (method: string, params: Fields = {}): Promise<Fields> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject })
      this.#input.write(`${JSON.stringify({ id, method, params, ...(this.#session && { sessionId: this.#session }) })}\0`)
    })
  }

  async open (url: string): Promise<void> {
    await this.send('Page.navigate', { url })
  }

  /** The value of an expression in the page. */
  async evaluate (expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return Object(result).value
  }

  /** Waits until an expression in the page is true. */
  async until (expression: string): Promise<void> {
    while (await this.evaluate(expression) !== true) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** Presses a key, for example `Tab`. */
  async press (key: string, code: number): Promise<void> {
    for (const type of ['keyDown', 'keyUp']) await this.send('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: code })
  }

  #take (message: { id?: number, method?: string, params?: Fields, result?: Fields, error?: unknown }): void {
    const { id, method, params, result, error } = message
    if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded' || method === 'Runtime.consoleAPICalled') {
      this.complaints.push(JSON.stringify(params))
    }
    if (id === undefined) return
    const answer = this.#answers.get(id)
    this.#answers.delete(id)
    if (error === undefined) answer?.resolve(result ?? {})
    else answer?.reject(new Error(JSON.stringify(error)))
  }

  async #end (): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await ended
    }
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
