import swagger from '@fastify/swagger'
import { Validator } from '@seriousme/openapi-schema-validator'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import chatIntegrations, { type IncomingOptions } from '../../../../lib/index.ts'
import { refResolver } from '../../../../schemas/index.ts'

const alice = { _id: 'u1', username: 'alice' }

/** The paths of an OpenAPI document of a server with hooks; the document must be valid. */
async function pathsOf (t: Test, incoming: IncomingOptions): Promise<Record<string, object>> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'A chat', version: '1.0.0' } }, refResolver })
  await app.register(chatIntegrations, {
    authenticate: () => alice,
    hasPermission: () => true,
    directory: { findUser: () => alice, findRoom: () => null, isMember: () => true },
    messenger: { post: () => ({ _id: 'm1' }) },
    incoming
  })
  await app.ready()
  const document = structuredClone(app.swagger())
  t.match(await new Validator().validate(Object(document)), { valid: true })
  const { paths = {} } = document
  t.ok('/api/v1/integrations.create' in paths)
  return Object.fromEntries(Object.entries(paths).filter(([path]) => path.startsWith('/hooks')).map(([path, item]) => [path, item ?? {}]))
}

test('hooks are in no document', async (t) => {
  t.strictSame(await pathsOf(t, {}), {})
  t.strictSame(await pathsOf(t, { routeOptions: { schema: { tags: ['hooks'] } } }), {})
})

test('a host can document the hooks, and only the methods that post', async (t) => {
  const paths = await pathsOf(t, { routeOptions: { schema: { hide: false, tags: ['hooks'] } } })
  t.strictSame(Object.entries(paths).map(([path, item]) => [path, Object.keys(item).sort()]), [
    ['/hooks/{integrationId}/{token}', ['post', 'put']],
    ['/hooks/{integrationId}/{token}/{profile}', ['post', 'put']]
  ])
})
