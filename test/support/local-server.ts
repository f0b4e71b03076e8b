import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Test } from 'tap'

/** Lets a server listen on a free port of this machine, and ends it with the test. Returns the port. */
export async function localServer (t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
