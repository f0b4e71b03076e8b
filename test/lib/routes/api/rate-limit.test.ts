import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, { type IntegrationsOptions } from '../../../../lib/index.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

/** Sends requests with a wrong token until one of them is not answered 401. */
async function guess (app: FastifyInstance): Promise<{ guesses: number, status: number, reply: unknown, headers: object }> {
  for (let guesses = 1; guesses <= 10; guesses++) {
    const { statusCode, headers, body } = await app.inject({
      url: '/api/v1/integrations.list', headers: { ...credentials(members.admin), 'x-auth-token': `guess ${guesses}` }
    })
    if (statusCode !== 401) return { guesses, status: statusCode, reply: JSON.parse(body), headers }
  }
  return { guesses: 10, status: 401, reply: null, headers: {} }
}

function server (t: Test): FastifyInstance {
  const app = Fastify()
  t.teardown(() => app.close())
  return app
}

const limit = { max: 3, timeWindow: '1 minute' }

test('a hook of the context around the plugin counts requests that are not logged in', async (t) => {
  const app = server(t)
  await app.register(async (chat) => {
    await chat.register(rateLimit, { global: false })
    chat.addHook('onRequest', chat.rateLimit(limit))
    await chat.register(chatIntegrations, workspace())
  })
  app.get('/unlimited', async () => 'as before')
  const { guesses, status, reply, headers } = await guess(app)
  t.strictSame([guesses, status], [4, 429])
  t.match(reply, { success: false, error: /^Rate limit exceeded/ }, 'in our envelope')
  t.match(headers, { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': /^\d+$/ })
  for (let i = 0; i < 5; i++) t.equal((await app.inject('/unlimited')).statusCode, 200)
})

test('a limit of the routes or of all routes runs after the log-in and does not count them', async (t) => {
  // This is why the documentation shows the way above; should it count them one day, the page can say less.
  for (const [global, options] of [
    [true, {}],
    [false, { routeOptions: { config: { rateLimit: limit } } }]
  ] satisfies ReadonlyArray<[boolean, Partial<IntegrationsOptions>]>) {
    const app = server(t)
    await app.register(rateLimit, { global, ...limit })
    await app.register(chatIntegrations, { ...workspace(), ...options })
    t.match(await guess(app), { guesses: 10, status: 401 })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await app.inject({ url: '/api/v1/integrations.list', headers: credentials(members.admin) })).statusCode)
    t.strictSame(statuses, [200, 200, 200, 429])
  }
})
