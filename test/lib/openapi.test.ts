import swagger from '@fastify/swagger'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify, { type FastifyInstance } from 'fastify'
import { OpenAPIClientAxios } from 'openapi-client-axios'
import { test, type Test } from 'tap'
import chatIntegrations from '../../lib/index.ts'
import { refResolver, tokenHeaderSecurity, tokenHeaderSecuritySchemes } from '../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { credentials, members, workspace } from '../support/workspace.ts'

async function documentedHost (t: Test): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
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

interface Operation {
  operationId: string
  summary: string
  security: unknown
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description: string, content: Record<string, { schema: Schema }> }>
}

interface Schema {
  oneOf?: unknown[]
  discriminator?: { propertyName: string, mapping: Record<string, string> }
  examples?: unknown[]
  properties?: Record<string, Schema>
}

interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>, securitySchemes: object }
}

test('the document is valid OpenAPI 3.1', async (t) => {
  const document = documentOf(await documentedHost(t))
  t.equal(document.openapi, '3.1.0')
  const result = await new Validator().validate({ ...document })
  t.equal(result.valid, true, JSON.stringify(result.errors))
})

test('every route is there, with its answers and both headers', async (t) => {
  const { paths, components } = documentOf(await documentedHost(t))
  t.strictSame(Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`)).sort(), [
    'get /api/v1/integrations.get',
    'get /api/v1/integrations.list',
    'post /api/v1/integrations.create',
    'post /api/v1/integrations.regenerateToken',
    'post /api/v1/integrations.remove',
    'put /api/v1/integrations.update'
  ])
  t.strictSame(components.securitySchemes, JSON.parse(JSON.stringify(tokenHeaderSecuritySchemes)))
  for (const { operationId, summary, security, responses } of Object.values(paths).flatMap((item) => Object.values(item))) {
    t.ok(summary, operationId)
    t.strictSame(security, [{ userId: [], authToken: [] }], operationId)
    for (const status of ['200', '400', '401', '4XX', '500', '503', '5XX']) {
      t.type(responses[status]?.description, 'string', `${operationId} ${status}`)
      t.ok(responses[status]?.content['application/json'], `${operationId} ${status}`)
    }
  }
})

test('components are named and both types told apart by type', async (t) => {
  const { paths, components } = documentOf(await documentedHost(t))
  t.strictSame(Object.keys(components.schemas).sort(), [
    'IncomingIntegration', 'IncomingIntegrationInput', 'IncomingIntegrationRemoval', 'IncomingIntegrationUpdate',
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
  t.ok(examples > 20, `${examples} examples`)
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
