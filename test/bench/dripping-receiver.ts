import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { BenchReceiver } from './receiver.ts'

/** How a receiver answers: all at once, or a part of the answer one byte at a time, a byte in each turn of its event loop. */
export const manners = {
  'at once': ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', ''],
  'body of 900 bytes': ['HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n', 'x'.repeat(900)],
  'endless body': ['HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(1_000_000)],
  'headers of 900 bytes': ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n', `${'x: yyyyyyyyyy\r\n'.repeat(60)}\r\n`]
} as const satisfies Record<string, readonly [atOnce: string, oneByOne: string]>

export type Manner = keyof typeof manners

/** Starts a receiver on a free loopback port, in a process of its own. */
export async function startDrippingReceiver (manner: Manner): Promise<BenchReceiver> {
  const child = fork(fileURLToPath(import.meta.url), ['dripping', manner], { execArgv: [] })
  const [port] = await once(child, 'message')
  return { url: `http://127.0.0.1:${port}`, end: () => { child.kill() } }
}

function serve (socket: Socket, [atOnce, oneByOne]: readonly [string, string]): void {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (data) => {
    text += data.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    if (end === -1) return
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0)
    if (text.length < end + 4 + length) return
    text = ''
    socket.write(atOnce)
    let sent = 0
    const next = (): void => {
      if (socket.destroyed || sent === oneByOne.length) return
      socket.write(oneByOne.charAt(sent++))
      setImmediate(next)
    }
    next()
  })
}

// Only a process with these arguments is a receiver.
const [, , role, manner] = process.argv
if (process.send !== undefined && role === 'dripping') {
  process.once('disconnect', () => process.exit())
  const [, answer] = Object.entries(manners).find(([name]) => name === manner) ?? []
  const server = createServer((socket) => { serve(socket, answer ?? manners['at once']) })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(address !== null && typeof address === 'object' ? address.port : 0)
  })
}
