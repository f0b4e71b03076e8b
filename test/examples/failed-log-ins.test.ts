import Fastify from 'fastify'
import { test } from 'tap'
import { limitFailedLogIns } from '../../examples/failed-log-ins.ts'
import chatIntegrations from '../../lib/index.ts'
import { credentials, members, workspace } from '../support/workspace.ts'

test('an address that guesses is refused after 1,000 guesses a minute; others and those logged in are not', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await limitFailedLogIns(app)
  await app.register(chatIntegrations, workspace())
  const send = async (token: string, remoteAddress: string = '10.0.0.1'): Promise<number> => (await app.inject({
    url: '/api/v1/integrations.list', headers: { ...credentials(members.admin), 'x-auth-token': token }, remoteAddress
  })).statusCode
  const statuses = new Set<number>()
  for (let i = 0; i < 1000; i++) statuses.add(await send(`guess ${i}`))
  for (let i = 0; i < 100; i++) statuses.add(await send('token-adminId', '10.0.0.2'))
  t.strictSame([...statuses], [401, 200])
  t.equal(await send('guess 1001'), 429)
  const reply = await app.inject({ url: '/api/v1/integrations.list', headers: credentials(members.admin), remoteAddress: '10.0.0.1' })
  t.match(reply.json(), { success: false, error: 'Too many failed log-ins' }, 'in the envelope of the plugin')
  t.match(reply.headers['retry-after'], /^\d+$/)
  t.equal(await send('guess', '10.0.0.2'), 401)
})
