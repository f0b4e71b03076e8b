import Fastify from 'fastify'
import { test } from 'tap'
import chatIntegrations from '../../../lib/index.ts'
import { incomingBody } from '../../support/bodies.ts'
import { credentials, members, workspace } from '../../support/workspace.ts'

test('creates an incoming webhook', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, workspace())
  const reply = await app.inject({ method: 'POST', url: '/api/v1/integrations.create', headers: credentials(members.admin), payload: incomingBody })
  t.equal(reply.statusCode, 200)
  t.match(reply.json(), { success: true, integration: { channel: ['#general'] } })
})
