import Fastify, { type FastifyInstance, type RouteShorthandOptions } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations from '../../../../lib/index.ts'
import { incomingBody } from '../../../support/bodies.ts'
import { storeWith } from '../../../support/store-with.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

const headers = credentials(members.admin)
const json = { ...headers, 'content-type': 'application/json' }

async function host (t: Test, preHandler?: RouteShorthandOptions['preHandler']): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  const store = storeWith({ find: () => { throw new Error('away') } })
  await app.register(chatIntegrations, { ...workspace(), store, ...(preHandler && { routeOptions: { preHandler } }) })
  return app
}

test('every answer says application/json and nothing behind it, and is not kept by a cache', async (t) => {
  const app = await host(t)
  for (const [status, request] of [
    [200, { method: 'POST', url: 'create', headers: json, payload: JSON.stringify(incomingBody) }],
    [200, { method: 'GET', url: 'list', headers }],
    [200, { method: 'HEAD', url: 'list', headers }],
    [400, { method: 'POST', url: 'create', headers: json, payload: '{' }],
    [400, { method: 'POST', url: 'create', headers: json, payload: '{}' }],
    [400, { method: 'GET', url: 'get', headers }],
    [401, { method: 'GET', url: 'list' }],
    [401, { method: 'HEAD', url: 'list' }],
    [403, { method: 'GET', url: 'list', headers: credentials(members.guest) }],
    [400, { method: 'POST', url: 'explain', headers: json, payload: '{}' }],
    [405, { method: 'GET', url: 'explain', headers }],
    [413, { method: 'POST', url: 'create', headers: json, payload: ' '.repeat(300_000) }],
    [415, { method: 'POST', url: 'create', headers: { ...headers, 'content-type': 'text/plain' }, payload: 'x' }],
    [503, { method: 'GET', url: 'get?integrationId=x', headers }]
  ] as const) {
    const reply = await app.inject({ ...request, url: `/api/v1/integrations.${request.url}` })
    t.equal(reply.statusCode, status)
    t.equal(reply.headers['content-type'], 'application/json', `${request.method} ${request.url} ${status}`)
    t.equal(reply.headers['cache-control'], 'no-store', `${request.method} ${request.url} ${status}`)
    if (status === 401 || status === 413) t.equal(reply.headers['connection'], 'close', `${request.method} ${request.url} ${status}`)
    if (status === 200 || status === 403 || status === 503) t.equal(reply.headers['connection'], 'keep-alive', String(status))
  }
})

test('what a hook of the host answers itself is as the host says', async (t) => {
  for (const [type, body, expected] of [
    ['application/problem+json', { title: 'closed' }, 'application/problem+json; charset=utf-8'],
    ['text/html', '<p>closed</p>', 'text/html'],
    [undefined, 'closed', 'text/plain; charset=utf-8']
  ] as const) {
    const app = await host(t, async (_request, reply) => {
      if (type !== undefined) reply.type(type)
      return reply.code(409).send(body)
    })
    const reply = await app.inject({ url: '/api/v1/integrations.list', headers })
    t.equal(reply.statusCode, 409)
    t.equal(reply.headers['content-type'], expected)
  }
})
