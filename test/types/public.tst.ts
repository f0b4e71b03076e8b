import nodeTest from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Cluster, Redis } from 'ioredis'
import { describe, expect, test } from 'tstyche'
import chatIntegrations, {
  type Change, type CreateOptions, chatIntegrations as named, type Directory, EncryptedStore, type Execution, ExecutionFailedError, type FailureCode,
  type HasPermission, type IncomingOptions, type Integration, IntegrationError, type IntegrationInput, type Integrations, type IntegrationsOptions,
  type IntegrationStore, InvalidOptionError, MemoryStore, type Messenger, PostRefusedError, type PostRequest, type PublicIntegration, RecordDamagedError,
  type StoreChange, tokenHeaders, type User
} from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { storeContract } from '../../lib/testing.ts'
import type { IncomingIntegration, OutgoingIntegration } from '../../schemas/index.ts'

declare const app: FastifyInstance
declare const options: IntegrationsOptions
declare const directory: Directory
declare const integration: Integration

describe('registration', () => {
  test('takes the three adapters and nothing less', () => {
    expect(app.register).type.toBeCallableWith(chatIntegrations, {
      authenticate: tokenHeaders(() => null),
      hasPermission: () => true,
      directory
    })
    expect(app.register).type.not.toBeCallableWith(chatIntegrations, { hasPermission: () => true, directory })
    expect(app.register).type.not.toBeCallableWith(chatIntegrations)
    expect(named).type.toBe<typeof chatIntegrations>()
  })

  test('options', () => {
    expect(options.prefix).type.toBe<string | undefined>()
    expect(options.scripts).type.toBe<'allow' | 'refuse' | undefined>()
    expect<NonNullable<IntegrationsOptions['routeOptions']>>().type.toBeAssignableFrom({
      config: {}, preHandler: async () => {}, schema: { tags: ['integrations'] }
    })
    expect<NonNullable<IntegrationsOptions['routeOptions']>>().type.not.toBeAssignableFrom({ schema: { body: {} } })
    expect<NonNullable<IntegrationsOptions['routeOptions']>>().type.not.toBeAssignableFrom({ bodyLimit: 5 })
  })
})

describe('incoming webhooks', () => {
  test('settings', () => {
    expect(options.incoming).type.toBe<IncomingOptions | false | undefined>()
    expect<IncomingOptions>().type.toBeAssignableFrom({ prefix: '/in', rateLimit: false as const, wrongTokenLimit: 5, routeOptions: { schema: { tags: ['hooks'] } } })
    expect<IncomingOptions>().type.not.toBeAssignableFrom({ rateLimit: true })
    expect<IncomingOptions>().type.not.toBeAssignableFrom({ routeOptions: { bodyLimit: 5 } })
    expect<NonNullable<IntegrationsOptions['incoming']>>().type.not.toBeAssignableFrom(true)
  })

  test('a messenger answers at once or later, and need not check', () => {
    expect<Messenger>().type.toBeAssignableFrom({ post: () => ({ _id: 'm' }) })
    expect<Messenger>().type.toBeAssignableFrom({ post: async (request: PostRequest) => ({ _id: request.message.text }), check: () => { throw new PostRefusedError('x') } })
    expect<Messenger>().type.not.toBeAssignableFrom({ post: () => 'm' })
    expect<Messenger>().type.not.toBeAssignableFrom({ check: () => {} })
    expect<PostRequest['message']>().type.toHaveProperty('bot')
    expect<PostRequest['integration']>().type.not.toHaveProperty('token')
  })

  test('an execution takes any JSON', () => {
    expect(app.integrations.execute).type.toBe<(integrationId: string, payload: unknown) => Promise<Execution>>()
    const error: unknown = null
    if (error instanceof ExecutionFailedError) expect(error.code).type.toBe<'FCI_ERR_EXECUTION_FAILED'>()
    else if (error instanceof PostRefusedError) expect(error.code).type.toBe<'FCI_ERR_POST_REFUSED'>()
  })
})

describe('adapters', () => {
  test('answer at once or later', () => {
    expect<HasPermission>().type.toBeAssignableFrom(() => true)
    expect<HasPermission>().type.toBeAssignableFrom(async () => false)
    expect<HasPermission>().type.not.toBeAssignableFrom(() => 'yes')
    expect<HasPermission>().type.not.toBeAssignableFrom(() => undefined)
    expect<Directory['findUser']>().type.toBeAssignableFrom(() => null)
    expect<Directory['findUser']>().type.toBeAssignableFrom(async (name: string) => ({ _id: name, username: name, more: 1 }))
    expect<Directory['findUser']>().type.not.toBeAssignableFrom(() => ({ _id: 'x' }))
  })

  test('the contract suite of stores takes any test runner', () => {
    const create = () => ({ store: new MemoryStore() })
    expect(storeContract).type.toBeCallableWith({ create, test: nodeTest })
    expect(storeContract).type.toBeCallableWith({ create: async () => create(), test: (name: string, body: () => Promise<void>) => { console.log(name, body) } })
    expect(storeContract).type.not.toBeCallableWith({ create: () => new MemoryStore(), test: nodeTest })
    expect(storeContract).type.not.toBeCallableWith({ create })
  })

  test('authenticate is given the request', () => {
    expect<Parameters<IntegrationsOptions['authenticate']>[0]>().type.toBe<FastifyRequest>()
    expect(tokenHeaders).type.toBeCallableWith(async (userId: string, authToken: string) => (userId === authToken ? null : undefined))
  })

  test('stores', () => {
    expect(new MemoryStore()).type.toBeAssignableTo<IntegrationStore>()
    expect(new RedisStore({ redis: new Redis() })).type.toBeAssignableTo<IntegrationStore>()
    expect(new RedisStore({ redis: new Cluster([]), keyPrefix: 'x' })).type.toBeAssignableTo<IntegrationStore>()
    expect(new RedisStore({ redis: new Redis(), waitForReplicas: { count: 1, timeout: 500 } })).type.toBeAssignableTo<IntegrationStore>()
    expect(RedisStore).type.not.toBeConstructableWith({})
    expect(new EncryptedStore(new MemoryStore(), { workspace: 'test', keys: [Buffer.alloc(32)] })).type.toBeAssignableTo<IntegrationStore>()
    expect(EncryptedStore).type.toBeConstructableWith(new MemoryStore(), { keys: [new Uint8Array(32)] })
    expect(EncryptedStore).type.not.toBeConstructableWith(new MemoryStore())
    expect(EncryptedStore).type.not.toBeConstructableWith(new MemoryStore(), { keys: ['text'] })
    expect(RedisStore).type.not.toBeConstructableWith({ redis: new Redis(), waitForReplicas: { count: 1 } })
  })
})

describe('the decorator', () => {
  test('is there on every instance', () => {
    expect(app.integrations).type.toBe<Integrations>()
    expect(app.integrations.create).type.toBe<
      (user: User, input: IntegrationInput, options?: CreateOptions) => Promise<Integration>>()
  })
})

describe('errors', () => {
  test('instanceof narrows to the class and its code', () => {
    const error: unknown = null
    if (error instanceof InvalidOptionError) expect(error.code).type.toBe<'FCI_ERR_INVALID_OPTION'>()
    else if (error instanceof RecordDamagedError) expect(error.code).type.toBe<'FCI_ERR_RECORD_DAMAGED'>()
    else if (error instanceof IntegrationError) expect(error.code).type.toBe<FailureCode>()
    else expect(error).type.toBe<unknown>()
  })
})

describe('integrations', () => {
  test('in public they have no secrets', () => {
    expect<PublicIntegration>().type.not.toHaveProperty('token')
    expect<PublicIntegration>().type.not.toHaveProperty('script')
    expect<PublicIntegration>().type.not.toHaveProperty('scriptError')
    expect<PublicIntegration>().type.toHaveProperty('name')
    expect<Change['integration']>().type.toBe<PublicIntegration>()
    expect<Extract<StoreChange, { kind: 'present' }>['integration']>().type.toBe<PublicIntegration>()
    expect<Extract<PublicIntegration, { type: 'webhook-outgoing' }>['urls']>().type.toBe<string[]>()
  })

  test('are told apart by their type', () => {
    if (integration.type === 'webhook-incoming') expect(integration).type.toBe<IncomingIntegration>()
    else expect(integration).type.toBe<OutgoingIntegration>()
    expect<OutgoingIntegration['urls']>().type.toBe<string[]>()
    expect<OutgoingIntegration['event']>().type.toBe<
      'sendMessage' | 'fileUploaded' | 'roomArchived' | 'roomCreated' | 'roomJoined' | 'roomLeft' | 'userCreated'
    >()
    expect<IncomingIntegration>().type.not.toHaveProperty('urls')
  })

  test('a create may leave out what has a default', () => {
    expect(app.integrations.create).type.toBeCallableWith({ _id: 'a', username: 'b' }, {
      type: 'webhook-incoming', name: 'x', enabled: true, username: 'b', channel: '#general', scriptEnabled: false
    })
    expect(app.integrations.create).type.not.toBeCallableWith({ _id: 'a', username: 'b' }, {
      type: 'webhook-outgoing', name: 'x', enabled: true, username: 'b', channel: '#general', scriptEnabled: false
    })
  })
})
