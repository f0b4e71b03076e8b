import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, { type Change, type IntegrationsOptions } from '../../../lib/index.ts'
import { incomingBody, outgoingBody } from '../../support/bodies.ts'
import { captureLog } from '../../support/log.ts'
import { members, workspace } from '../../support/workspace.ts'
import { until } from '../../support/until.ts'

const { admin } = members

async function host (t: Test, options: Partial<IntegrationsOptions>, log = captureLog()): Promise<FastifyInstance> {
  const app = Fastify({ logger: log.logger })
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), ...options })
  await app.ready()
  return app
}

test('every change is announced once, after it was stored, without secrets', async (t) => {
  const changes: Change[] = []
  const { integrations } = await host(t, { onChange: (change) => { changes.push(change) } })
  const created = await integrations.create(admin, { ...outgoingBody, script: 'secret script', token: 'secret token' })
  t.strictSame(changes, [], 'the request does not wait')
  const { _id: integrationId } = created
  await integrations.update(admin, { type: 'webhook-outgoing', integrationId, name: 'new' })
  await integrations.regenerateToken(admin, { integrationId })
  await t.rejects(integrations.update(admin, { type: 'webhook-outgoing', integrationId, channel: '#nowhere' }))
  await t.rejects(integrations.create(admin, { ...incomingBody, channel: '' }))
  await integrations.get(admin, { integrationId })
  await integrations.list(admin)
  await integrations.remove(admin, { type: 'webhook-outgoing', integrationId })
  await until('all are announced', () => changes.length >= 4)

  t.strictSame(changes.map(({ action, integration, previous, by }) => [action, integration.name, previous?.name, by.username]), [
    ['created', 'Testing via REST API', undefined, 'admin'],
    ['updated', 'new', 'Testing via REST API', 'admin'],
    ['token-regenerated', 'new', 'new', 'admin'],
    ['removed', 'new', undefined, 'admin']
  ])
  t.notMatch(JSON.stringify(changes), /secret|"token"|"script"/)
})

test('a host that fails is logged and changes nothing', async (t) => {
  for (const onChange of [() => { throw new Error('audit is down') }, () => Promise.reject(new Error('audit is down'))]) {
    const log = captureLog()
    const app = await host(t, { onChange }, log)
    t.equal((await app.integrations.create(admin, incomingBody)).name, 'testHook')
    await until('it is logged', () => log.text().includes('onChange failed'))
    t.match(log.lines().find(({ msg }) => msg === 'onChange failed'), { level: 50, err: { message: 'audit is down' } })
    t.notMatch(log.text(), /"token"/)
  }
})

test('a host that never answers delays nothing', async (t) => {
  const app = await host(t, { onChange: () => new Promise(() => {}) })
  t.equal((await app.integrations.create(admin, incomingBody)).name, 'testHook')
})

test('close waits until onChange was told of every change, but no longer than adapterTimeout', async (t) => {
  const told: string[] = []
  const app = await host(t, {
    onChange: async ({ action }) => {
      await sleep(100)
      told.push(action)
    }
  })
  const { _id: integrationId, type } = await app.integrations.create(admin, incomingBody)
  await app.integrations.remove(admin, { type, integrationId })
  await app.close()
  t.strictSame(told, ['created', 'removed'])

  const hanging = await host(t, { onChange: () => new Promise(() => {}), adapterTimeout: 100 })
  await hanging.integrations.create(admin, incomingBody)
  await hanging.close()
  t.pass('and it has not waited for ever')
})

test('without management routes, create is the only one', async (t) => {
  const app = await host(t, { managementRoutes: false })
  for (const [method, path] of [['GET', 'list'], ['GET', 'get'], ['PUT', 'update'], ['POST', 'remove'], ['POST', 'regenerateToken']] as const) {
    t.equal((await app.inject({ method, url: `/api/v1/integrations.${path}` })).statusCode, 404, path)
  }
  t.equal((await app.inject({ method: 'POST', url: '/api/v1/integrations.create' })).statusCode, 401)
  t.equal((await app.integrations.list(admin)).total, 0, 'fastify.integrations can do everything')
})
