import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

/** A receiver that answers `ok` to everything, in a process of its own. */
export interface BenchReceiver {
  readonly url: string
  end (): void
}

/** Starts a receiver on a free loopback port. */
export async function startReceiver (): Promise<BenchReceiver> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ['receiver'])
  const [port] = await once(child, 'message')
  return { url: `http://127.0.0.1:${port}`, end: () => { child.kill() } }
}

// Only a process with this argument is a receiver.
if (process.send !== undefined && process.argv[2] === 'receiver') {
  process.once('disconnect', () => process.exit())
  const server = createServer((incoming, answer) => {
    incoming.resume()
    incoming.on('end', () => { answer.end('ok') })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(address !== null && typeof address === 'object' ? address.port : 0)
  })
}
