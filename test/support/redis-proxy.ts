import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { RedisServer } from './redis-server.ts'

/** Stands between a client and a redis-server and fails as networks do. */
export interface RedisProxy {
  readonly port: number
  /** Cuts the connection in place of the server's next answer. The command has been carried out by then. */
  loseNextAnswer (): void
  /** Cuts the connection behind the first byte of the server's next answer. */
  cutNextAnswer (): void
  /** How many answers were lost or cut. */
  readonly lost: number
  /** From now on every answer comes so many milliseconds later. */
  delay (milliseconds: number): void
  /** Nothing comes through the connections of now any more, and they stay open. */
  freeze (): void
  /** Cuts all connections, and every new one at once, until it is told otherwise. */
  refuse (refuses: boolean): void
}

/**
 * Starts a proxy on a free loopback port and ends it with the test.
 *
 * @param server its port is read for every new connection.
 */
export async function startRedisProxy (t: Test, server: Pick<RedisServer, 'port'>): Promise<RedisProxy> {
  const sockets = new Set<Socket>()
  let losing = false
  /** How much of the answer that is lost gets through. */
  let rest = 0
  let lost = 0
  let delay = 0
  let refusing = false

  const proxy = createServer((client) => {
    if (refusing) {
      client.destroy()
      return
    }
    const upstream = connect(server.port, '127.0.0.1')
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => { sockets.delete(socket); cut() })
    }
    client.pipe(upstream)
    /** Answers that come later. An answer never overtakes an earlier one, also when the delay has become shorter. */
    const late: Buffer[] = []
    upstream.on('data', (answer) => {
      if (!losing) {
        if (delay === 0 && late.length === 0) {
          client.write(answer)
          return
        }
        late.push(answer)
        setTimeout(() => {
          const next = late.shift()
          if (next !== undefined && client.writable) client.write(next)
        }, delay)
        return
      }
      losing = false
      lost++
      if (rest === 0) cut()
      else client.write(answer.subarray(0, rest), cut)
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    loseNextAnswer () { losing = true; rest = 0 },
    cutNextAnswer () { losing = true; rest = 1 },
    delay (milliseconds) { delay = milliseconds },
    freeze () {
      for (const socket of sockets) socket.removeAllListeners('data').unpipe().pause()
    },
    refuse (refuses) {
      refusing = refuses
      if (refuses) for (const socket of sockets) socket.destroy()
    },
    get lost () { return lost }
  }
}
