import swagger from '@fastify/swagger'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify, { type FastifyInstance } from 'fastify'
import { OpenAPIClientAxios } from 'openapi-client-axios'
import { test, type Test } from 'tap'
import chatIntegrations, { type IntegrationsOptions, MemoryStore } from '../../../../lib/index.ts'
import { refResolver, tokenHeaderSecurity, tokenHeaderSecuritySchemes } from '../../../../schemas/index.ts'
import { chatMessenger } from '../../../support/chat-messenger.ts'
import { hookPath } from '../../../support/hook-host.ts'
import { patient } from '../../../support/integrations.ts'
import { captureLog } from '../../../support/log.ts'
import { hookRecord } from '../../../support/ports.ts'
import { workspace } from '../../../support/workspace.ts'

interface Media {
  schema: object
  example?: unknown
  examples?: Record<string, { summary: string, value: unknown }>
}

interface Operation {
  operationId: string
  summary: string
  tags?: string[]
  security: unknown
  parameters: Array<{ name: string, in: string, required: boolean, schema: { enum?: unknown } }>
  requestBody: { content: Record<string, Media> }
  responses: Record<string, { description: string, headers?: object, content?: Record<string, Media> }>
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}

function hookOptions (): IntegrationsOptions {
  const store = new MemoryStore()
  store.insert(hookRecord(), {}, patient)
  return { ...workspace(), store, messenger: chatMessenger() }
}

async function documentedHost (t: Test, version: '3.0.3' | '3.1.0' = '3.1.0', options: Partial<IntegrationsOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, {
    openapi: {
      openapi: version,
      info: { title: 'Chat', version: '1.0.0' },
      components: { securitySchemes: tokenHeaderSecuritySchemes },
      security: tokenHeaderSecurity
    },
    refResolver
  })
  await app.register(chatIntegrations, { ...hookOptions(), ...options })
  await app.ready()
  return app
}

function documentOf (app: FastifyInstance): OpenApi {
  return JSON.parse(JSON.stringify(app.swagger()))
}

/** The operations of hooks, by their names. */
function operationsOf ({ paths }: OpenApi): Record<string, Operation> {
  const operations = Object.entries(paths).filter(([path]) => path.includes('{token}')).flatMap(([, item]) => Object.values(item))
  return Object.fromEntries(operations.map((operation) => [operation.operationId, operation]))
}

for (const version of ['3.0.3', '3.1.0'] as const) {
  test(`with hooks the document is valid OpenAPI ${version}`, async (t) => {
    const result = await new Validator().validate({ ...documentOf(await documentedHost(t, version)) })
    t.equal(result.valid, true, JSON.stringify(result.errors))
  })
}

test('two operations are documented, and no other method or path', async (t) => {
  const { paths } = documentOf(await documentedHost(t))
  const ofHooks = Object.entries(paths).filter(([path]) => path.startsWith('/hooks'))
  t.strictSame(ofHooks.flatMap(([path, item]) => Object.entries(item).map(([method, { operationId }]) => `${method} ${path} ${operationId}`)), [
    'post /hooks/{integrationId}/{token} postToHook', 'post /hooks/{integrationId}/{token}/{profile} postToHookAs'
  ])
  for (const [, item] of ofHooks) {
    for (const { parameters, security, summary, tags } of Object.values(item)) {
      t.strictSame(security, [], 'no credentials, whatever the host asks for elsewhere')
      t.ok(summary)
      t.equal(tags, undefined)
      t.match(parameters.filter((parameter) => parameter.in === 'path'), [{ name: 'integrationId', required: true }, { name: 'token', required: true }])
      t.match(parameters.find(({ name }) => name === 'wait'), { in: 'query', required: false })
      t.match(parameters.find(({ name }) => name === 'idempotency-key'), { in: 'header', required: false })
    }
  }
  t.strictSame(operationsOf({ paths })['postToHookAs']?.parameters.find(({ name }) => name === 'profile')?.schema.enum, ['slack', 'mattermost', 'discord'])
})

test('without hooks there are none', async (t) => {
  for (const options of [{ messenger: null }, { incoming: false as const }]) t.strictSame(operationsOf(documentOf(await documentedHost(t, '3.1.0', options))), {})
})

test('every answer has an example of each profile, which fits its schema', async (t) => {
  const document = documentOf(await documentedHost(t))
  const ajv = new Ajv2020({ strict: false })
  const operations = operationsOf(document)
  const named: Record<string, Record<string, string[]>> = {}
  for (const [operationId, { responses }] of Object.entries(operations)) {
    for (const [status, { description, content = {}, headers }] of Object.entries(responses)) {
      t.match(description, /\w\.$/)
      t.equal(headers !== undefined, status === '429' || status === '503', `${status} has Retry-After`)
      for (const { schema, examples = {} } of Object.values(content)) {
        for (const [name, { summary, value }] of Object.entries(examples)) {
          t.ok(summary)
          t.ok(ajv.validate(schema, value), `${operationId} ${status} ${name}: ${ajv.errorsText()}`)
          const names = (named[operationId] ??= {})
          names[status] = [...(names[status] ?? []), name]
        }
      }
    }
  }
  t.strictSame(named['postToHook'], {
    200: ['posted', 'messages', 'responses'],
    400: ['no-message', 'invalid-payload', 'running-script', 'invalid-channel', 'not-allowed', 'archived'],
    404: ['unknown'],
    408: ['too-slow'],
    413: ['too-large'],
    415: ['compressed'],
    429: ['too-many'],
    500: ['internal'],
    503: ['disabled', 'under-way']
  })
  t.strictSame(Object.keys(operations['postToHookAs']?.responses ?? {}), ['200', '204', '400', '403', '404', '408', '410', '413', '415', '429', '500', '503'])
  const examples = (status: string, type: string): object =>
    Object.fromEntries(Object.entries(operations['postToHookAs']?.responses[status]?.content?.[type]?.examples ?? {}).map(([name, { value }]) => [name, value]))
  t.strictSame(examples('200', 'text/plain'), { 'slack-posted': 'ok' })
  t.match(examples('200', 'application/json'), { 'discord-messages': { id: String, content: 'Build 5 passed' } })
  t.match(examples('400', 'application/json'), { 'mattermost-no-message': { id: 'error-no-message' }, 'discord-no-message': { code: 50006 } })
  t.strictSame(examples('410', 'text/plain'), { 'slack-archived': 'channel_is_archived' })
  t.match(examples('404', 'application/json'), { 'mattermost-unknown': { status_code: 404 }, 'discord-unknown': { code: 10015 } })
})

test('the examples of bodies are served', async (t) => {
  const app = await documentedHost(t)
  const { postToHook, postToHookAs } = operationsOf(documentOf(app))
  for (const [type, { example }] of Object.entries(postToHook?.requestBody.content ?? {})) {
    const payload = type === 'application/json' ? JSON.stringify(example) : typeof example === 'string' ? example : new URLSearchParams(Object(example)).toString()
    t.equal((await app.inject({ method: 'POST', url: hookPath(), headers: { 'content-type': type }, payload })).body, '{"success":true,"ok":true}', type)
  }
  t.strictSame(Object.keys(postToHook?.requestBody.content ?? {}), ['application/json', 'application/x-www-form-urlencoded', 'text/plain'])
  const examples = Object.entries(postToHookAs?.requestBody.content['application/json']?.examples ?? {})
  t.strictSame(examples.map(([profile]) => profile), ['slack', 'mattermost', 'discord'])
  for (const [profile, { value }] of examples) {
    t.equal((await app.inject({ method: 'POST', url: `${hookPath()}/${profile}`, payload: Object(value) })).statusCode, profile === 'discord' ? 204 : 200)
  }
})

test('the document validates nothing', async (t) => {
  const app = await documentedHost(t)
  for (const [payload, type] of [['5', 'application/json'], ['{"text":5,"username":{}}', 'application/json'], ['{"text":"a"}', 'application/x-www-form-urlencoded'], ['{"text":"a"}', 'text/plain'], ['{"text":"a"}', 'a/b'], ['load is high', 'application/json']] as const) {
    const { statusCode } = await app.inject({ method: 'POST', url: `${hookPath()}?wait=maybe&wait=2`, headers: { 'content-type': type }, payload })
    t.equal(statusCode, payload === '5' ? 400 : 200, `${payload} as ${type}`)
  }
})

test('tags, security and hiding are settings of the host', async (t) => {
  const tagged = operationsOf(documentOf(await documentedHost(t, '3.1.0', {
    routeOptions: { schema: { tags: ['management'] } },
    incoming: { routeOptions: { schema: { tags: ['hooks'], security: tokenHeaderSecurity, summary: 'Ours' } } }
  })))
  for (const { tags, security, summary } of Object.values(tagged)) t.strictSame([tags, security, summary], [['hooks'], tokenHeaderSecurity, 'Ours'])
  t.strictSame(Object.keys(tagged), ['postToHook', 'postToHookAs'])
  t.strictSame(operationsOf(documentOf(await documentedHost(t, '3.1.0', { incoming: { routeOptions: { schema: { hide: true } } } }))), {})
})

test('a document of Swagger 2.0 leaves hooks out, too, and the log says why once', async (t) => {
  for (const managementRoutes of [true, false]) {
    const log = captureLog()
    const app = Fastify({ logger: log.logger })
    t.teardown(() => app.close())
    await app.register(swagger, { swagger: { info: { title: 'Chat', version: '1.0.0' } } })
    await app.register(chatIntegrations, { ...hookOptions(), managementRoutes })
    await app.ready()
    const document: { paths: object } = JSON.parse(JSON.stringify(app.swagger()))
    t.strictSame(Object.keys(document.paths).filter((path) => path.includes('hooks')), [])
    t.equal(log.lines().filter(({ level, msg }) => level === 40 && String(msg).includes('give @fastify/swagger the option openapi')).length, 1)
  }
})

test('several workspaces are in one document, and no two operations have one name', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'Chat', version: '1.0.0' } }, refResolver })
  for (const prefix of ['/one', '/two']) await app.register(async (context) => { await context.register(chatIntegrations, hookOptions()) }, { prefix })
  await app.ready()
  const document = documentOf(app)
  t.strictSame(Object.keys(operationsOf(document)), ['postToHook', 'postToHookAs', 'postToHook_two_api_v1', 'postToHookAs_two_api_v1'])
  const result = await new Validator().validate({ ...document })
  t.equal(result.valid, true, JSON.stringify(result.errors))
})

test('a client driven by the document posts', async (t) => {
  const app = await documentedHost(t)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const api = new OpenAPIClientAxios({ definition: JSON.parse(JSON.stringify(app.swagger())), withServer: { url } })
  const client = await api.init()
  const { _id: integrationId, token } = hookRecord()
  t.match(await client['postToHook']?.({ integrationId, token, wait: 'true' }, { text: 'hello' }), { status: 200, data: { success: true, messages: [{ channel: '#general' }] } })
  t.match(await client['postToHookAs']?.({ integrationId, token, profile: 'slack' }, { text: 'hello' }), { status: 200, data: 'ok' })
})
