import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type Test } from 'tap'
import { type RedisServer } from './redis-server.ts'

/** Stands between a client and a redis-server and fails as networks do. */
export interface RedisProxy {
  readonly port: number
  /** Cuts the connection in place of the server's next answer. The command has been carried out by then. */
  loseNextAnswer (): void
  /** How many answers were lost. */
  readonly lost: number
}

/** Starts a proxy on a free loopback port and ends it with the test. */
export async function startRedisProxy (t: Test, server: RedisServer): Promise<RedisProxy> {
  const sockets = new Set<Socket>()
  let losing = false
  let lost = 0

  const proxy = createServer((client) => {
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
    upstream.on('data', (answer) => {
      if (!losing) {
        client.write(answer)
        return
      }
      losing = false
      lost++
      cut()
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
    loseNextAnswer () { losing = true },
    get lost () { return lost }
  }
}
