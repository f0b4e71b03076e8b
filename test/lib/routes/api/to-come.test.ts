import Fastify from 'fastify'
import { test } from 'tap'
import chatIntegrations from '../../../../lib/index.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

const toCome = [
  ['POST', 'explain']
] as const

test('endpoints of later versions answer in the envelope: not here yet, whatever is sent', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ host: 'not found' }))
  await app.register(chatIntegrations, workspace())
  for (const [method, name] of toCome) {
    const url = `/api/v1/integrations.${name}`
    t.equal((await app.inject({ method, url })).statusCode, 401, `${name}: only for who is logged in`)
    for (const payload of ['{}', '{', 'x'.repeat(300_000)]) {
      const reply = await app.inject({ method, url, headers: { ...credentials(members.guest), 'content-type': 'application/json' }, payload })
      t.equal(reply.statusCode, 404, name)
      t.strictSame(reply.json(), {
        success: false,
        error: 'This endpoint is not part of this version yet [error-endpoint-to-come]',
        errorType: 'error-endpoint-to-come'
      })
    }
  }
  t.strictSame((await app.inject({ url: '/api/v1/integrations.nothing' })).json(), { host: 'not found' }, 'others are the host\'s')
})

test('without management routes they are the host\'s', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.get('/api/v1/integrations.status', async () => 'the host has its own')
  await app.register(chatIntegrations, { ...workspace(), managementRoutes: false })
  t.equal((await app.inject({ url: '/api/v1/integrations.status' })).body, 'the host has its own')
})
