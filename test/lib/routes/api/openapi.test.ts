import swagger from '@fastify/swagger'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Value } from '@sinclair/typebox/value'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify, { type FastifyInstance } from 'fastify'
import { OpenAPIClientAxios } from 'openapi-client-axios'
import { test, type Test } from 'tap'
import chatIntegrations, { failures } from '../../../../lib/index.ts'
import {
  FailureReplySchema, internalFields, refResolver, tokenHeaderSecurity, tokenHeaderSecuritySchemes, UnauthenticatedReplySchema
} from '../../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { captureLog } from '../../../support/log.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

type Version = '3.0.3' | '3.1.0'

async function documentedHost (t: Test, version: Version = '3.1.0'): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, {
    openapi: {
      openapi: version,
      info: { title: 'Chat', version: '1.0.0' },
      components: { securitySchemes: tokenHeaderSecuritySchemes }
    },
    refResolver
  })
  await app.register(chatIntegrations, { ...workspace(), routeOptions: { schema: { security: tokenHeaderSecurity } } })
  await app.ready()
  return app
}

/** The document as a client reads it. */
function documentOf (app: FastifyInstance): OpenApi {
  return JSON.parse(JSON.stringify(app.swagger()))
}

/** What stands under a media type. */
interface Content {
  schema: Schema
  example?: unknown
  examples?: Record<string, { summary: string, value: unknown }>
}

interface Operation {
  operationId: string
  summary: string
  security: unknown
  parameters?: Array<{ name: string, in: string, required: boolean, schema: { enum?: unknown }, example?: unknown, examples?: unknown }>
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, { description: string, content: Record<string, Content> }>
}

interface Schema {
  oneOf?: unknown[]
  discriminator?: { propertyName: string, mapping: Record<string, string> }
  examples?: unknown[]
  properties?: Record<string, Schema>
  required?: string[]
}

interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>, securitySchemes: object }
}

function operationsOf ({ paths }: OpenApi): Operation[] {
  return Object.values(paths).flatMap((item) => Object.values(item))
}

for (const version of ['3.0.3', '3.1.0'] as const) {
  test(`the document is valid OpenAPI ${version}`, async (t) => {
    const document = documentOf(await documentedHost(t, version))
    t.equal(document.openapi, version)
    const result = await new Validator().validate({ ...document })
    t.equal(result.valid, true, JSON.stringify(result.errors))
  })

  test(`in ${version} a page has both types to try and fills in nothing that is optional`, async (t) => {
    const document = documentOf(await documentedHost(t, version))
    for (const { operationId, parameters = [], requestBody } of operationsOf(document)) {
      for (const { name, example, examples } of parameters) t.strictSame([example, examples], [undefined, undefined], `${operationId} ${name}`)
      if (requestBody === undefined || ['regenerateIntegrationToken', 'clearIntegrationHistory', 'replayOutgoingIntegration'].includes(operationId)) continue
      const { examples = {} } = requestBody.content['application/json'] ?? {}
      const expected = operationId === 'explainIntegration' ? [{ payload: {} }, { text: String }] : [{ type: 'webhook-incoming' }, { type: 'webhook-outgoing' }]
      t.match(Object.values(examples).map(({ value }) => value), expected, operationId)
    }
    const [type] = operationsOf(document).flatMap(({ parameters = [] }) => parameters.filter(({ name }) => name === 'type'))
    t.strictSame(type?.schema.enum, ['webhook-incoming', 'webhook-outgoing'])
    for (const [name, { properties = {} }] of Object.entries(document.components.schemas)) {
      for (const [field, { examples }] of Object.entries(properties)) t.equal(examples, undefined, `${name} ${field}`)
    }
  })
}

test('a document of Swagger 2.0 leaves the routes out, and the log says why', async (t) => {
  for (const decorated of [{}, { refResolver }]) {
    const log = captureLog()
    const app = Fastify({ logger: log.logger })
    t.teardown(() => app.close())
    await app.register(swagger, { swagger: { info: { title: 'Chat', version: '1.0.0' } }, ...decorated })
    app.addSchema({ $id: 'Room', title: 'A room', type: 'object', properties: { name: { type: 'string' } } })
    app.get('/rooms', { schema: { response: { 200: { $ref: 'Room#' } } } }, async () => ({ name: 'general' }))
    await app.register(chatIntegrations, workspace())
    await app.ready()
    const document: { paths: object, definitions: object } = JSON.parse(JSON.stringify(app.swagger()))
    t.strictSame(Object.keys(document.paths), ['/rooms'])
    t.equal(Object.keys(document.definitions).length, 1, 'that of the host')
    const result = await new Validator().validate({ ...document })
    t.equal(result.valid, true, JSON.stringify(result.errors))
    t.equal(log.lines().filter(({ level, msg }) => level === 40 && String(msg).includes('give @fastify/swagger the option openapi')).length, 1)
  }
})

test('several workspaces are in one document, and no two operations have one name', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'Chat', version: '1.0.0' } }, refResolver })
  for (const prefix of ['/one', '/two', '/two/:three']) {
    await app.register(async (context) => { await context.register(chatIntegrations, workspace()) }, { prefix })
  }
  await app.ready()
  const document = documentOf(app)
  const names = operationsOf(document).map(({ operationId }) => operationId)
  t.equal(names.length, 33)
  t.equal(new Set(names).size, 33)
  t.strictSame(names.filter((name) => name.startsWith('createIntegration')),
    ['createIntegration', 'createIntegration_two_api_v1', 'createIntegration_two_three_api_v1'])
  const result = await new Validator().validate({ ...document })
  t.equal(result.valid, true, JSON.stringify(result.errors))
})

test('what a host says of its own routes goes for these, too', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Chat', version: '1.0.0' } },
    transform: ({ schema, url }) => ({ schema, url: `/moved${url}` })
  })
  await app.register(chatIntegrations, workspace())
  await app.register(async (context) => {
    await context.register(chatIntegrations, { ...workspace(), routeOptions: { schema: { hide: true } } })
  }, { prefix: '/hidden' })
  await app.ready()
  t.strictSame(Object.keys(documentOf(app).paths).filter((path) => !path.startsWith('/moved/api/v1/integrations.')), [])
})

test('every route is there, with its answers and both headers', async (t) => {
  const { paths, components } = documentOf(await documentedHost(t))
  t.strictSame(Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`)).sort(), [
    'get /api/v1/integrations.get',
    'get /api/v1/integrations.history',
    'get /api/v1/integrations.list',
    'get /api/v1/integrations.status',
    'post /api/v1/integrations.clearHistory',
    'post /api/v1/integrations.create',
    'post /api/v1/integrations.explain',
    'post /api/v1/integrations.regenerateToken',
    'post /api/v1/integrations.remove',
    'post /api/v1/integrations.replayOutgoing',
    'put /api/v1/integrations.update'
  ])
  t.strictSame(components.securitySchemes, JSON.parse(JSON.stringify(tokenHeaderSecuritySchemes)))
  for (const { operationId, summary, security, responses } of Object.values(paths).flatMap((item) => Object.values(item))) {
    t.ok(summary, operationId)
    t.strictSame(security, [{ userId: [], authToken: [] }], operationId)
    for (const status of ['200', '400', '401', '500', '503']) {
      t.type(responses[status]?.description, 'string', `${operationId} ${status}`)
      t.ok(responses[status]?.content['application/json'], `${operationId} ${status}`)
    }
  }
})

test('each route lists the failures that it has, each with an example of its own', async (t) => {
  const operations = operationsOf(documentOf(await documentedHost(t)))
  const met = new Set<string>()
  for (const { operationId, responses } of operations) {
    for (const [status, { description, content }] of Object.entries(responses)) {
      if (status === '200') continue
      const examples = Object.entries(content['application/json']?.examples ?? {})
      t.ok(examples.length > 0, `${operationId} ${status}`)
      t.equal(new Set(examples.map(([, { value }]) => JSON.stringify(value))).size, examples.length, 'no two are the same')
      for (const [code, { value }] of examples) {
        met.add(code)
        t.ok(description.includes(code))
        t.match(failures, { [code]: { status: Number(status) } }, `${operationId} ${code}`)
        const schema = status === '401' ? UnauthenticatedReplySchema : FailureReplySchema
        t.ok(Value.Check(schema, value), `${operationId} ${code} fits the envelope`)
      }
    }
  }
  // GET integrations.explain is in no document.
  t.strictSame(Object.keys(failures).filter((code) => !met.has(code)), ['error-method-not-allowed'])
  const statuses = Object.fromEntries(operations.map(({ operationId, responses }) => [operationId, Object.keys(responses)]))
  t.strictSame(statuses, {
    explainIntegration: ['200', '400', '401', '413', '415', '500', '503'],
    createIntegration: ['200', '400', '401', '409', '413', '415', '422', '500', '503'],
    listIntegrations: ['200', '400', '401', '403', '500', '503'],
    getIntegration: ['200', '400', '401', '500', '503'],
    updateIntegration: ['200', '400', '401', '409', '413', '415', '500', '503'],
    removeIntegration: ['200', '400', '401', '403', '413', '415', '500', '503'],
    regenerateIntegrationToken: ['200', '400', '401', '413', '415', '500', '503'],
    listIntegrationHistory: ['200', '400', '401', '403', '500', '503'],
    clearIntegrationHistory: ['200', '400', '401', '413', '415', '500', '503'],
    getIntegrationStatus: ['200', '400', '401', '500', '503'],
    replayOutgoingIntegration: ['200', '400', '401', '413', '415', '500', '503']
  })
})

test('components are named and both types told apart by type', async (t) => {
  const { paths, components } = documentOf(await documentedHost(t))
  t.strictSame(Object.keys(components.schemas).sort(), [
    'HistoryEntry', 'IncomingIntegration', 'IncomingIntegrationInput', 'IncomingIntegrationRemoval', 'IncomingIntegrationUpdate',
    'OutgoingIntegration', 'OutgoingIntegrationInput', 'OutgoingIntegrationRemoval', 'OutgoingIntegrationUpdate'
  ])
  for (const [path, name] of [['create', 'Input'], ['update', 'Update'], ['remove', 'Removal']] as const) {
    const operation = Object.values(paths[`/api/v1/integrations.${path}`] ?? {})[0]
    const schema = operation?.requestBody?.content['application/json']?.schema
    t.strictSame(schema?.oneOf, [
      { $ref: `#/components/schemas/IncomingIntegration${name}` }, { $ref: `#/components/schemas/OutgoingIntegration${name}` }
    ], path)
    t.equal(schema?.discriminator?.propertyName, 'type')
    for (const target of Object.values(schema?.discriminator?.mapping ?? {})) {
      t.ok(components.schemas[target.replace('#/components/schemas/', '')], target)
    }
  }
})

test('the document shows what is returned, and not what the server keeps for itself', async (t) => {
  const document = documentOf(await documentedHost(t))
  const { IncomingIntegration, OutgoingIntegration } = document.components.schemas
  t.match(IncomingIntegration?.properties?.['hookPath'], { type: 'string', description: /as secret as the token/ })
  t.notOk(IncomingIntegration?.required?.includes('hookPath'), 'absent on a server without hook routes')
  t.notOk(OutgoingIntegration?.properties?.['hookPath'])
  t.notMatch(JSON.stringify(document), new RegExp(internalFields.join('|')))
})

test('every example fits its schema', async (t) => {
  const document = documentOf(await documentedHost(t))
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema({ ...document, $id: 'document' })
  let examples = 0
  const visit = (node: unknown, pointer: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { examples: some }: Schema = node
    if (Array.isArray(some)) {
      const check = ajv.getSchema(`document#${pointer}`)
      for (const example of some) {
        examples++
        t.equal(check?.(example), true, `${pointer}: ${JSON.stringify(check?.errors)}`)
      }
    }
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'examples') visit(value, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    }
  }
  visit(document, '')
  t.ok(examples >= 6, `${examples} examples`)
  const { schemas } = document.components
  t.strictSame(schemas.IncomingIntegrationInput?.examples, [incomingBody], 'those of the API document')
  t.strictSame(schemas.OutgoingIntegrationInput?.examples, [outgoingBody])
})

test('a client driven by the document creates and lists', async (t) => {
  const app = await documentedHost(t)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const api = new OpenAPIClientAxios({ definition: JSON.parse(JSON.stringify(app.swagger())), withServer: { url } })
  const client = await api.init()
  client.defaults.headers.common['x-user-id'] = credentials(members.admin)['x-user-id']
  client.defaults.headers.common['x-auth-token'] = credentials(members.admin)['x-auth-token']
  const created = await client['createIntegration']?.(undefined, incomingBody)
  t.match(created, { status: 200, data: { success: true, integration: { name: 'testHook' } } })
  const { integration } = created?.data
  t.match(await client['listIntegrations']?.({ count: 10 }), { status: 200, data: { total: 1, integrations: [integration] } })
  t.match(await client['getIntegration']?.({ integrationId: integration._id }), { data: { integration } })
  t.match(await client['listIntegrationHistory']?.({ id: integration._id }), { status: 200, data: { history: [], total: 0 } })
  t.strictSame((await client['clearIntegrationHistory']?.(undefined, { integrationId: integration._id }))?.data, { success: true })
})

test('without @fastify/swagger nothing is needed, and with its defaults the document is valid, too', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'Chat', version: '1.0.0' } } })
  await app.register(chatIntegrations, workspace())
  await app.ready()
  const result = await new Validator().validate(JSON.parse(JSON.stringify(app.swagger())))
  t.equal(result.valid, true, JSON.stringify(result.errors))
})
