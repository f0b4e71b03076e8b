import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import Fastify from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations from '../../../../lib/index.ts'
import { startClient } from '../../../support/client.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

/** A client that says how much it is going to send, and sends next to nothing. */
async function slowUpload (t: Test, length: number, headers: Readonly<Record<string, string>>): Promise<{ socket: Socket, answer: string }> {
  const { url } = await startClient(t, {}, { forceCloseConnections: true })
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  socket.setEncoding('utf8')
  socket.write([
    'POST /api/v1/integrations.create HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', `Content-Length: ${length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', '{'
  ].join('\r\n'))
  let answer = ''
  socket.on('data', (text: string) => { answer += text })
  // The test itself is over after 120 seconds; a server that waits for the body never closes.
  await once(socket, 'end')
  return { socket, answer }
}

test('an upload that is refused ends with the answer, and not when the client has sent it all', async (t) => {
  for (const [status, length, headers] of [
    [401, 200_000, {}],
    [413, 10_000_000, credentials(members.admin)]
  ] as const) {
    const { answer } = await slowUpload(t, length, headers)
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
    t.match(answer, /\r\nconnection: close\r\n/i)
    t.match(answer, /"success":false/)
  }
})

test('over HTTP/2, which knows no such header, the answers are the same without it', async (t) => {
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  await app.register(chatIntegrations, workspace())
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const client = connectHttp2(await app.listen({ host: '127.0.0.1', port: 0 }))
  t.teardown(() => client.destroy())
  const request = client.request({ ':path': '/api/v1/integrations.list' })
  const [headers] = await once(request, 'response')
  t.match(headers, { ':status': 401, 'content-type': 'application/json' })
  t.notOk('connection' in headers)
  request.close()
  await turn()
  t.strictSame(warnings, [])
})
