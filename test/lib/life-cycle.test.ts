import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, {
  AdapterFailedError, AdapterTimeoutError, EncryptedStore, type IntegrationsOptions, type IntegrationStore, MemoryStore, type PortCall
} from '../../lib/index.ts'
import { addLifeCycle } from '../../lib/life-cycle.ts'
import type { Part } from '../../lib/ports/life-cycle.ts'
import { incomingBody } from '../support/bodies.ts'
import { type CapturedLog, captureLog } from '../support/log.ts'
import { storeWith } from '../support/store-with.ts'
import { until } from '../support/until.ts'
import { members, workspace } from '../support/workspace.ts'

/** Longer than a busy machine needs for a step that does not hang. */
const ample = { milliseconds: 30_000, option: 'adapterTimeout' }

/** Short enough to wait for in a test. */
const brief = { milliseconds: 50, option: 'adapterTimeout' }

const hanging = (): Promise<void> => new Promise(() => {})

function serverOf (t: Test, options: FastifyServerOptions = {}): FastifyInstance {
  const app = Fastify(options)
  t.teardown(() => app.close())
  return app
}

/** A part that notes its steps. */
function noting (steps: string[], name: string): Part {
  const note = (step: string) => async (): Promise<void> => {
    steps.push(`${name}.${step}`)
    await new Promise((resolve) => { setImmediate(resolve) })
    steps.push(`${name}.${step} is done`)
  }
  return { name, of: { start: note('start'), close: note('close') }, stop: note('stop') }
}

/** A store with a life cycle that notes its steps. */
function notingStore (steps: string[], name = 'store'): IntegrationStore {
  return storeWith({ start: () => { steps.push(`${name}.start`) }, close: () => { steps.push(`${name}.close`) } })
}

/** A server with the plugin. */
async function host (t: Test, options: Partial<IntegrationsOptions>, log: CapturedLog = captureLog()): Promise<FastifyInstance> {
  const app = serverOf(t, { logger: log.logger })
  await app.register(chatIntegrations, { ...workspace(), ...options })
  return app
}

/** The errors that were logged while a server was closing. */
function failures (log: CapturedLog): unknown[] {
  return log.lines().filter(({ msg }) => msg === 'a part of the plugin failed while the server was closing').map(({ err }) => err)
}

async function reasonOf (promise: PromiseLike<unknown>): Promise<unknown> {
  return await promise.then(() => null, (reason: unknown) => reason)
}

test('parts start in order, take no new work before the last requests end, and are closed in reverse order', async (t) => {
  const steps: string[] = []
  const app = serverOf(t)
  app.addHook('onReady', async () => { steps.push('the host is ready') })
  app.addHook('onClose', async () => { steps.push('the host is closed') })
  await app.register(async (context) => { addLifeCycle(context, ['a', 'b'].map((name) => noting(steps, name)), ample) })
  let asked = (): void => {}
  const isAsked = new Promise<void>((resolve) => { asked = resolve })
  app.get('/', async () => {
    asked()
    await until('work has ended', () => steps.includes('a.stop is done'))
    steps.push('a request is answered')
    return 'answer'
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  t.strictSame(steps.splice(0), ['the host is ready', 'a.start', 'a.start is done', 'b.start', 'b.start is done'])
  const answer = fetch(address, { headers: { connection: 'close' } })
  await isAsked
  await app.close()
  t.equal(await (await answer).text(), 'answer')
  t.strictSame(steps, [
    'b.stop', 'a.stop', 'b.stop is done', 'a.stop is done', 'a request is answered',
    'b.close', 'b.close is done', 'a.close', 'a.close is done', 'the host is closed'
  ])
})

test('a store is started before the server is ready and closed once, also when the server is closed three times', async (t) => {
  const steps: string[] = []
  const calls: PortCall[] = []
  class Store extends MemoryStore {
    readonly #name = 'store'

    start (call: PortCall): void {
      calls.push(call)
      steps.push(`${this.#name}.start`)
    }

    async close (call: PortCall): Promise<void> {
      calls.push(call)
      steps.push(`${this.#name}.close`)
    }
  }
  const app = await host(t, { store: new Store() })
  t.strictSame(steps, [])
  await app.ready()
  t.strictSame(steps, ['store.start'])
  await Promise.all([app.close(), app.close()])
  await app.close()
  t.strictSame(steps, ['store.start', 'store.close'])
  t.strictSame(calls.map(({ aborted, signal }) => [aborted, signal.aborted]), [[false, false], [false, false]])
})

test('onChange is told of every change before the store is closed', async (t) => {
  const steps: string[] = []
  const app = await host(t, {
    store: notingStore(steps),
    onChange: async ({ action }) => {
      await new Promise((resolve) => { setTimeout(resolve, 50) })
      steps.push(action)
    }
  })
  await app.ready()
  await app.integrations.create(members.admin, incomingBody)
  await app.close()
  t.strictSame(steps, ['store.start', 'created', 'store.close'])
})

test('a start that fails makes ready fail, with the name of the port, and the next ports are not started', async (t) => {
  const failure = Object.assign(new Error('the database is away'), { code: 'ECONNREFUSED', command: { args: ['secret'] } })
  for (const [start, cause] of [
    [() => { throw failure }, { message: 'the database is away', code: 'ECONNREFUSED', stack: failure.stack }],
    [async () => { throw failure }, { message: 'the database is away', code: 'ECONNREFUSED', stack: failure.stack }],
    [() => { throw 'secret' }, { message: 'something that is no Error was thrown (string)' }] // eslint-disable-line no-throw-literal
  ] as const) {
    const steps: string[] = []
    const app = serverOf(t)
    await app.register(async (context) => {
      addLifeCycle(context, [noting(steps, 'a'), { name: 'store', of: { ...notingStore(steps), start } }, noting(steps, 'b')], ample)
    })
    const error = await reasonOf(app.ready())
    t.ok(error instanceof AdapterFailedError)
    t.match(error, { code: 'FCI_ERR_ADAPTER_FAILED', message: 'store.start failed', cause })
    t.notMatch(error instanceof Error && error.cause, { command: Object }, 'a host may print the error')
    t.strictSame(steps.splice(0), ['a.start', 'a.start is done'])
    await app.close()
    t.strictSame(steps.filter((step) => !step.endsWith('is done')), ['b.stop', 'a.stop', 'b.close', 'store.close', 'a.close'], 'every part is closed')
  }
  const app = await host(t, { store: storeWith({ start: () => { throw failure } }) })
  t.match(await reasonOf(app.listen({ port: 0, host: '127.0.0.1' })), { message: 'store.start failed' })
  await app.close()
  await app.close()
})

test('a start that hangs makes ready fail after adapterTimeout', async (t) => {
  const calls: PortCall[] = []
  let closed = 0
  const store = storeWith({ start: (call) => { calls.push(call); return hanging() }, close: () => { closed++ } })
  const app = await host(t, { store, adapterTimeout: brief.milliseconds })
  const error = await reasonOf(app.ready())
  t.ok(error instanceof AdapterTimeoutError)
  t.match(error, { message: 'store.start did not answer within adapterTimeout' })
  t.strictSame(calls.map(({ aborted, signal }) => [aborted, signal.aborted]), [[true, true]])
  t.equal(closed, 0)
  await app.close()
  t.equal(closed, 1, 'it may have opened something')
})

test('a part that fails or hangs at the end is logged, and the others are closed', async (t) => {
  const secret = Object.assign(new Error('cannot quit'), { command: { args: ['secret'] } })
  for (const [step, end, message] of [
    ['close', () => { throw secret }, 'store.close failed'],
    ['close', async () => { throw secret }, 'store.close failed'],
    ['close', hanging, 'store.close did not answer within adapterTimeout'],
    ['stop', () => { throw secret }, 'store.stop failed'],
    ['stop', hanging, 'store.stop did not answer within adapterTimeout']
  ] as const) {
    const steps: string[] = []
    const calls: PortCall[] = []
    const log = captureLog()
    const app = serverOf(t, { logger: log.logger })
    const late = (call: PortCall): Promise<void> | void => { calls.push(call); return end() }
    await app.register(async (context) => {
      addLifeCycle(context, [
        noting(steps, 'a'),
        step === 'close' ? { name: 'store', of: { close: late } } : { name: 'store', of: {}, stop: late },
        noting(steps, 'b')
      ], end === hanging ? brief : ample)
    })
    await app.ready()
    steps.length = 0
    await app.close()
    t.strictSame(steps.filter((name) => !name.endsWith('is done')), ['b.stop', 'a.stop', 'b.close', 'a.close'], message)
    const [failure, ...others] = failures(log)
    t.match(failure, { message: new RegExp(`^${message}`) })
    t.strictSame(others, [])
    t.notMatch(log.text(), 'secret')
    t.equal(calls[0]?.signal.aborted, end === hanging)
    t.equal(calls.length, 1)
  }
})

test('an onChange that hangs is logged when the server has waited for adapterTimeout', async (t) => {
  const steps: string[] = []
  const log = captureLog()
  const app = await host(t, { store: notingStore(steps), onChange: hanging, adapterTimeout: brief.milliseconds }, log)
  await app.integrations.create(members.admin, incomingBody)
  await app.close()
  t.match(failures(log), [{ message: 'onChange.close did not answer within adapterTimeout' }])
  t.strictSame(steps, ['store.close'])
})

test('nested registrations share a store: it is started with the first and closed with the last', async (t) => {
  const steps: string[] = []
  const store = notingStore(steps)
  const inner = notingStore(steps, 'inner')
  const app = serverOf(t)
  app.addHook('onClose', async () => { steps.push('the host is closed') })
  await app.register(chatIntegrations, { ...workspace(), store })
  await app.register(async (context) => {
    context.addHook('onClose', async () => { steps.push('the context is closed') })
    await context.register(chatIntegrations, { ...workspace(), store })
    await context.register(async (nested) => { await nested.register(chatIntegrations, { ...workspace(), store: inner }) }, { prefix: '/inner' })
  }, { prefix: '/nested' })
  await app.ready()
  t.strictSame(steps.splice(0), ['store.start', 'inner.start'])
  await app.close()
  await app.close()
  t.strictSame(steps, ['inner.close', 'the context is closed', 'store.close', 'the host is closed'])
})

test('servers share a store: it is closed with the last one, and a later server starts it again', async (t) => {
  const steps: string[] = []
  const store = notingStore(steps)
  const [one, other] = [await host(t, { store }), await host(t, { store })]
  await Promise.all([one.ready(), other.ready()])
  t.strictSame(steps, ['store.start'])
  await one.close()
  t.strictSame(steps, ['store.start'])
  await other.close()
  t.strictSame(steps.splice(0), ['store.start', 'store.close'])
  const later = await host(t, { store })
  await later.ready()
  await later.close()
  t.strictSame(steps, ['store.start', 'store.close'])
})

test('a start that failed in one server is tried again in the next one', async (t) => {
  let starts = 0
  const store = storeWith({ start: async () => { if (starts++ === 0) throw new Error('not yet') } })
  const [one, other] = [await host(t, { store }), await host(t, { store })]
  t.match(await reasonOf(one.ready()), { message: 'store.start failed' })
  await other.ready()
  t.equal(starts, 2)
})

test('one object that is several parts is started once and closed once', async (t) => {
  const steps: string[] = []
  const { of } = noting(steps, 'both')
  const app = serverOf(t)
  await app.register(async (context) => {
    addLifeCycle(context, [{ name: 'store', of }, noting(steps, 'between'), { name: 'history', of }], ample)
  })
  await app.ready()
  await app.close()
  t.strictSame(steps.filter((step) => !step.includes(' ')), ['both.start', 'between.start', 'between.stop', 'between.close', 'both.close'])
})

test('a server that closes before it is ready closes its store, which was never started', async (t) => {
  const steps: string[] = []
  const app = await host(t, { store: notingStore(steps) })
  await app.integrations.create(members.admin, incomingBody)
  await app.close()
  t.strictSame(steps, ['store.close'])

  steps.length = 0
  const failed = serverOf(t)
  await failed.register(chatIntegrations, { ...workspace(), store: notingStore(steps) })
  t.match(await reasonOf(failed.register(async () => { throw new Error('another plugin failed') })), { message: 'another plugin failed' })
  t.match(await reasonOf(failed.ready()), { message: 'another plugin failed' })
  await failed.close()
  t.strictSame(steps, ['store.close'])

  steps.length = 0
  const unready = serverOf(t)
  await unready.register(chatIntegrations, { ...workspace(), store: notingStore(steps) })
  unready.addHook('onReady', async () => { throw new Error('the host is not ready') })
  t.match(await reasonOf(unready.ready()), { message: 'the host is not ready' })
  await unready.close()
  await unready.close()
  t.strictSame(steps, ['store.close'])
})

test('a registration that is refused does not close the store of the host', async (t) => {
  const steps: string[] = []
  const app = await host(t, { store: new MemoryStore() })
  t.match(await reasonOf(app.register(chatIntegrations, { ...workspace(), store: notingStore(steps) })), { code: 'FCI_ERR_ALREADY_REGISTERED' })
  await app.close()
  t.strictSame(steps, [])
})

test('work ends also when Fastify leaves preClose out', async (t) => {
  const steps: string[] = []
  const app = serverOf(t)
  app.addHook('preClose', async () => { throw new Error('the host fails') })
  await app.register(async (context) => { addLifeCycle(context, [noting(steps, 'a'), noting(steps, 'b')], ample) })
  await app.ready()
  steps.length = 0
  t.match(await reasonOf(app.close()), { message: 'the host fails' })
  t.strictSame(steps.filter((step) => !step.includes(' ')), ['b.stop', 'a.stop', 'b.close', 'a.close'])
})

test('a start that Fastify gave up is waited for before the store is closed', async (t) => {
  const steps: string[] = []
  let finish = (): void => {}
  const store = storeWith({
    start: async () => {
      await new Promise<void>((resolve) => { finish = resolve })
      steps.push('started')
    },
    close: () => { steps.push('closed') }
  })
  const app = serverOf(t, { pluginTimeout: 2000 })
  await app.register(chatIntegrations, { ...workspace(), store, adapterTimeout: ample.milliseconds })
  t.match(await reasonOf(app.ready()), { code: 'FST_ERR_HOOK_TIMEOUT' })
  const closed = app.close()
  setImmediate(() => finish())
  await closed
  t.strictSame(steps, ['started', 'closed'])
})

test('stores without the methods need none, and nothing is logged', async (t) => {
  const log = captureLog()
  const app = await host(t, { store: storeWith({}) }, log)
  await app.ready()
  await app.integrations.create(members.admin, incomingBody)
  await app.close()
  t.strictSame(log.lines(), [])
})

test('EncryptedStore has the methods of the store in it, and no others', async (t) => {
  const steps: string[] = []
  const options = { keys: [Buffer.alloc(32)], workspace: 'test' }
  class Store extends MemoryStore {
    readonly #name = 'inside'
    start (): void { steps.push(`${this.#name}.start`) }
    async close (): Promise<void> { steps.push(`${this.#name}.close`) }
  }
  const app = await host(t, { store: new EncryptedStore(new Store(), options) })
  await app.ready()
  await app.close()
  t.strictSame(steps, ['inside.start', 'inside.close'])
  const { start, close } = new EncryptedStore(new MemoryStore(), options)
  t.strictSame([start, close], [undefined, undefined])
})
