import nodeTest from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Cluster, Redis } from 'ioredis'
import { describe, expect, test } from 'tstyche'
import chatIntegrations, {
  type Change, chatIntegrations as named, type CreateOptions, type DeliveryQueue, type Directory, EncryptedStore, type Execution, ExecutionFailedError,
  type FailureCode, type FollowedIntegration, type HasPermission, type HistoryEntry, type HistoryEntryView, type HistoryList, type HistoryStore,
  type IncomingOptions, type Integration, IntegrationError, type IntegrationInput, type IntegrationList, type Integrations,
  type IntegrationsOptions, type IntegrationStore, type IntegrationView, InProcessQueue, InvalidOptionError, MemoryHistory, MemoryStore,
  type Messenger, type PortLifeCycle, PostRefusedError, type PostRequest, type PublicIntegration, RecordDamagedError,
  type StoreChange, tokenHeaders, type User
} from '../../lib/index.ts'
import { BullmqQueue } from '../../lib/bullmq.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import {
  authContract, directoryContract, followContract, historyContract, type HistoryUnderTest, messengerContract, permissionContract, queueContract,
  storeContract
} from '../../lib/testing.ts'
import type {
  IncomingIntegration, IncomingIntegrationView, OutgoingIntegration, OutgoingIntegrationView
} from '../../schemas/index.ts'

declare const app: FastifyInstance
declare const options: IntegrationsOptions
declare const directory: Directory
declare const integration: Integration
declare const history: HistoryUnderTest['history']
declare const messenger: Messenger

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

  test('the contract suites take any test runner', () => {
    const create = () => ({ store: new MemoryStore() })
    for (const contract of [storeContract, followContract]) {
      expect(contract).type.toBeCallableWith({ create, test: nodeTest })
      expect(contract).type.toBeCallableWith({ create: async () => create(), test: (name: string, body: () => Promise<void>) => { console.log(name, body) } })
      expect(contract).type.not.toBeCallableWith({ create: () => new MemoryStore(), test: nodeTest })
      expect(contract).type.not.toBeCallableWith({ create })
    }
  })

  test('the contract suites take samples of the host', () => {
    const user = { _id: 'u1', username: 'alice', more: 1 }
    const room = { _id: 'r1', name: 'general' }
    const samples = { directory, room, member: user, stranger: user }
    expect(directoryContract).type.toBeCallableWith({ test: nodeTest, create: () => samples })
    expect(directoryContract).type.toBeCallableWith({ test: nodeTest, create: async () => ({ ...samples, namesake: user, roomNamesake: room }) })
    expect(directoryContract).type.not.toBeCallableWith({ test: nodeTest, create: () => ({ ...samples, room: { _id: 'r1' } }) })
    const holders = [{ user, permissions: ['message-impersonate' as const] }]
    expect(permissionContract).type.toBeCallableWith({ test: nodeTest, create: () => ({ hasPermission: () => true, holders }) })
    expect(permissionContract).type.not.toBeCallableWith({
      test: nodeTest, create: () => ({ hasPermission: () => true, holders: [{ user, permissions: ['everything'] }] })
    })
    const account = { user, headers: { authorization: 'Bearer x' } }
    const authenticate = tokenHeaders(() => null)
    expect(authContract).type.toBeCallableWith({
      test: nodeTest, create: () => ({ app, authenticate, accounts: [account, account] as const, refused: [{ cookie: 'x' }] })
    })
    expect(authContract).type.not.toBeCallableWith({ test: nodeTest, create: () => ({ app, authenticate, accounts: [account] as const }) })
    expect(historyContract).type.toBeCallableWith({ test: nodeTest, create: () => ({ history }), createBounded: async () => history })
    expect(historyContract).type.toBeCallableWith({ test: nodeTest, create: async () => ({ history, reopen: () => history }) })
    expect(historyContract).type.not.toBeCallableWith({ test: nodeTest, create: () => history })
    const chat = { messenger, as: user, room, partner: user, forbidden: [{ text: 'x', refusal: 'error-not-allowed' }], messagesIn: async () => [] }
    expect(messengerContract).type.toBeCallableWith({ test: nodeTest, create: () => chat, remembersDeliveries: true })
    expect(messengerContract).type.not.toBeCallableWith({ test: nodeTest, create: () => ({ ...chat, forbidden: [{ text: 'x' }] }) })
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

  test('a store may have something to open and to close', () => {
    expect<IntegrationStore>().type.toBeAssignableTo<PortLifeCycle>()
    expect<PortLifeCycle>().type.toBeAssignableFrom({ start: () => {}, close: async ({ signal }: { signal: AbortSignal }) => signal.throwIfAborted() })
    expect<PortLifeCycle>().type.not.toBeAssignableFrom({ close: true })
  })
})

describe('the history', () => {
  test('is an object or switched off', () => {
    expect(options.history).type.toBe<HistoryStore | false | undefined>()
    expect(new MemoryHistory({ maxTotalBytes: 2 ** 21 })).type.toBeAssignableTo<HistoryStore>()
    expect(new RedisHistory({ redis: new Redis(), maxEntries: 10 })).type.toBeAssignableTo<HistoryStore>()
    expect(new RedisHistory({ redis: new Cluster([]) })).type.toBeAssignableTo<HistoryStore>()
    expect(RedisHistory).type.not.toBeConstructableWith({})
    expect(MemoryHistory).type.not.toBeConstructableWith({ keyPrefix: 'x' })
  })

  test('is read and cleared on behalf of a user', () => {
    expect(app.integrations.history).type.toBeCallableWith({ _id: 'a', username: 'b' }, { id: 'x', offset: 0, count: 10 })
    expect(app.integrations.history).type.not.toBeCallableWith({ _id: 'a', username: 'b' }, {})
    expect<ReturnType<Integrations['history']>>().type.toBe<Promise<HistoryList>>()
    expect<HistoryEntry>().type.toBeAssignableTo<HistoryEntryView>()
    expect<HistoryList['history']>().type.toBe<HistoryEntryView[]>()
    expect<ReturnType<Integrations['clearHistory']>>().type.toBe<Promise<void>>()
  })
})

describe('queues', () => {
  test('are classes, or objects of the host that answer at once or later', () => {
    expect(new InProcessQueue({ maxWaiting: 10 })).type.toBeAssignableTo<DeliveryQueue>()
    expect(new BullmqQueue({ redis: new Redis(), keyPrefix: 'x', concurrency: 5 })).type.toBeAssignableTo<DeliveryQueue>()
    expect(new BullmqQueue({ redis: new Cluster([]) })).type.toBeAssignableTo<DeliveryQueue>()
    expect(BullmqQueue).type.not.toBeConstructableWith({})
    expect(InProcessQueue).type.not.toBeConstructableWith({ lockDuration: 5 })
    expect<DeliveryQueue>().type.toBeAssignableFrom({ keyPrefix: 'x', add: () => {}, process: () => {}, close: () => {} })
    expect<DeliveryQueue>().type.toBeAssignableFrom({ keyPrefix: 'x', add: async () => ({ full: ['id'] }), process: async () => {}, close: async () => {} })
    expect<DeliveryQueue>().type.not.toBeAssignableFrom({ keyPrefix: 'x', add: () => true, process: () => {}, close: () => {} })
    expect(queueContract).type.toBeCallableWith({ test: nodeTest, create: () => ({ queue: new InProcessQueue() }) })
    expect(queueContract).type.not.toBeCallableWith({ test: nodeTest, create: () => ({}) })
  })
})

describe('the decorator', () => {
  test('is there on every instance', () => {
    expect(app.integrations).type.toBe<Integrations>()
    expect(app.integrations.create).type.toBe<
      (user: User, input: IntegrationInput, options?: CreateOptions) => Promise<IntegrationView>>()
    expect<IntegrationList['integrations']>().type.toBe<IntegrationView[]>()
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
    expect<Extract<PublicIntegration, { type: 'webhook-outgoing' }>['urls']>().type.toBe<string[]>()
  })

  test('are returned without the fields that the server keeps for itself', () => {
    expect<IncomingIntegration>().type.toHaveProperty('channelIds')
    expect<IncomingIntegration>().type.not.toHaveProperty('hookPath')
    expect<IncomingIntegrationView>().type.not.toHaveProperty('channelIds')
    expect<IncomingIntegrationView>().type.toHaveProperty('hookPath')
    expect<OutgoingIntegration['targetRoomId']>().type.toBe<string | undefined>()
    expect<OutgoingIntegrationView>().type.not.toHaveProperty('channelIds')
    expect<OutgoingIntegrationView>().type.not.toHaveProperty('targetRoomId')
    expect<OutgoingIntegrationView>().type.not.toHaveProperty('hookPath')
    expect<PublicIntegration>().type.not.toHaveProperty('channelIds')
  })

  test('in a feed have these fields and no secrets', () => {
    expect<Extract<StoreChange, { kind: 'present' }>['integration']>().type.toBe<FollowedIntegration>()
    expect<FollowedIntegration['channelIds']>().type.toBe<string[] | undefined>()
    expect<FollowedIntegration>().type.not.toHaveProperty('token')
    expect<FollowedIntegration>().type.not.toHaveProperty('script')
    expect<FollowedIntegration>().type.not.toHaveProperty('scriptError')
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
