import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A receiver on a real socket, which may do whatever it likes. */
export interface RawReceiver {
  readonly port: number
  readonly url: string
  /** How many connections came. */
  readonly connections: number
  /** Everything that was received, one text for each request. */
  readonly requests: readonly string[]
}

/**
 * Starts a receiver on a free port and ends it with the test.
 *
 * @param respond is told of each complete request.
 * @param host the loopback address to listen on.
 */
export async function startReceiver (
  t: Test, respond: (socket: Socket, request: string) => void, host: string = '127.0.0.1', port: number = 0
): Promise<RawReceiver> {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('close', () => { sockets.delete(socket) })
    socket.on('data', (data) => {
      text += data.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
      if (text.length < end + 4 + length) return
      const request = text
      text = ''
      requests.push(request)
      respond(socket, request)
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    url: `http://${host}:${address.port}/`,
    get connections () { return connections },
    requests
  }
}

/** An answer with its length. */
export function answerOf (body: string | Buffer = 'ok', headers: string = '', status: string = '200 OK'): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${headers}content-length: ${bytes.length}\r\n\r\n`, 'latin1'), bytes])
}
