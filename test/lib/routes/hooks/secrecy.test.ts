import { inspect } from 'node:util'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, FastifyServerOptions } from 'fastify'
import { test, type Test } from 'tap'
import { MemoryStore } from '../../../../lib/index.ts'
import { captureLog, type CapturedLog } from '../../../support/log.ts'
import { hookHost, type HookHost, type HookHostOptions } from '../../../support/hook-host.ts'
import { hookRecord } from '../../../support/ports.ts'
import { storeWith } from '../../../support/store-with.ts'
import { workspace } from '../../../support/workspace.ts'

const bodySecret = 'SECRET-OF-THE-BODY'
const scriptSecret = 'SECRET-OF-THE-SCRIPT'
const record = hookRecord({ script: `// ${scriptSecret}` })
const { _id, token } = record
const payload = { text: bodySecret, username: bodySecret, customFields: { a: bodySecret } }

/** Everything that a request tells of its URL. */
function urlsOf (request: FastifyRequest): object {
  const { url, originalUrl, raw, routeOptions, headers } = request
  return { url, originalUrl, rawUrl: raw.url, rawOriginalUrl: Reflect.get(raw, 'originalUrl'), route: routeOptions.url, headers, rawHeaders: raw.headers }
}

/** The serializers of a host that logs all that it has. */
const everything = {
  req: (request: FastifyRequest) => ({ ...urlsOf(request), params: request.params, query: request.query, all: inspect(request, { depth: 3 }) }),
  res: (reply: { request?: FastifyRequest }) => (reply.request === undefined ? {} : { ...urlsOf(reply.request), params: reply.request.params }),
  err: (error: unknown) => ({ type: 'Error', message: inspect(error, { depth: 10, showHidden: true }), stack: '' })
}

const stages = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'onSend', 'onResponse', 'onError'] as const

/**
 * Hooks of a host that log the URL at every stage. The parameters of the router
 * are those of the sender until our own `onRequest` has run.
 */
function logUrls (app: FastifyInstance, mayLogParameters: (stage: string) => boolean): void {
  for (const stage of stages) {
    app.addHook(stage, async (request: FastifyRequest) => {
      request.log.info({ stage, ...urlsOf(request), ...(mayLogParameters(stage) && { params: request.params }) }, `${request.method} ${request.url}`)
    })
  }
}

interface Watched extends HookHost {
  readonly log: CapturedLog
}

/** A host that logs everything everywhere. */
async function talkativeHost (t: Test, { server, ...more }: HookHostOptions = {}): Promise<Watched> {
  const log = captureLog()
  const host = await hookHost(t, {
    records: [record, hookRecord({ _id: 'disabledHook12345', enabled: false })],
    ...more,
    server: { logger: { ...log.logger, serializers: everything }, ...server },
    before: (app) => {
      logUrls(app, (stage) => stage !== 'onRequest' && stage !== 'onError')
      more.before?.(app)
    },
    after: (app) => { logUrls(app, (stage) => stage !== 'onError') }
  })
  return { ...host, log }
}

/** Every form in which a token may stand in a URL. */
const urls = [
  `/hooks/${_id}/${token}`, `/hooks/${_id}/${token}/`, `/hooks/${_id}/${token}?wait=true`, `/hooks/${_id}/${token}/slack`, `/hooks/${_id}/anything/${token}`,
  `/hooks/${_id}/anything/${token}/discord/`, `/hooks/${_id}%2F${token}`, `/hooks/${_id}%2F${token}/mattermost`, `/hooks/${_id}//${token}`,
  `/hooks/${token}/${_id}`, `/hooks/${token}`, `/hooks/${_id}?token=${token}`, `/hooks/${_id}/x?token=${token}`, `/hooks/a/b/c/d/${token}`, `/hooks/disabledHook12345/${token}`,
  `/hooks/${_id}/${token}x`, `/hooks/${_id};${token}`, `/%68ooks/${_id}/${token}`, `/hooks/${_id}/${encodeURIComponent(token)}%20`
]

function assertSecret (t: Test, log: CapturedLog, what: string): void {
  const text = log.text()
  for (const [name, secret] of Object.entries({ token, bodySecret, scriptSecret })) {
    t.notOk(text.includes(secret), `${what}: no ${name}`, { line: text.split('\n').find((line) => line.includes(secret)) })
  }
  t.ok(text.includes('incoming request') && text.includes('request completed'))
}

test('no line of a host that logs everything holds a token, a body or a script', async (t) => {
  const servers: Readonly<Record<string, FastifyServerOptions>> = {
    plain: {},
    'with short parameters': { maxParamLength: 5 },
    'with any letters': { caseSensitive: false, ignoreTrailingSlash: true },
    'with rewritten URLs': { rewriteUrl: ({ url = '' }) => url.replace(/^\/in\//, '/hooks/') }
  }
  for (const [name, server] of Object.entries(servers)) {
    const { send, log, messenger } = await talkativeHost(t, { server, options: { incoming: { wrongTokenLimit: 5 } } })
    for (const url of urls) {
      for (const method of ['POST', 'PUT', 'GET', 'DELETE', 'OPTIONS'] as const) await send(url, method === 'POST' || method === 'PUT' ? payload : undefined, { method })
    }
    await send(urls[0] ?? '', `{"text":"${bodySecret}`)
    await send(urls[0] ?? '', { nothing: bodySecret })
    await send(urls[0] ?? '', bodySecret.repeat(100_000))
    if (name === 'with rewritten URLs') t.equal((await send(`/in/${_id}/${token}`, payload)).statusCode, 200)
    if (name === 'with any letters') t.equal((await send(`/HOOKS/${_id}/${token}`, payload)).statusCode, 200)
    t.ok(messenger.posts.length > 10, `${messenger.posts.length} messages`)
    assertSecret(t, log, name)
    t.ok(log.text().includes(`"/hooks/${_id}/***"`), 'the id is there')
  }
})

test('nor when something fails', async (t) => {
  const fail = async (): Promise<never> => { throw new Error('away') }
  const { directory } = workspace()
  const store = storeWith({}, new MemoryStore())
  for (const [what, options] of Object.entries({
    'the messenger': { behaviours: { post: { '#GENERAL': { fail: new Error('away') } } } },
    'a check': { behaviours: { check: { '#GENERAL': { fail: new Error('away') } } } },
    'a refusal with a reason': { behaviours: { check: { '#GENERAL': { refuse: 'x', cause: new Error('away') } } } },
    'a messenger that answers garbage': { behaviours: { post: { '#GENERAL': { answer: { text: 5 } } } } },
    'a messenger that hangs': { behaviours: { post: { '#GENERAL': 'hang' as const } }, options: { incoming: { timeout: 30 } } },
    'the store': { options: { store: storeWith({ find: fail }) } },
    'the claim': { options: { store: storeWith({ find: () => ({ integration: record, revision: '1' }), claim: fail }) } },
    'the note': { options: { store: { ...store, find: () => ({ integration: record, revision: '1' }), settle: fail } } },
    'the directory': { options: { directory: { ...directory, findUser: fail } } },
    'a hook of the host': { before: (app: FastifyInstance) => { app.addHook('preHandler', async () => { throw new Error('away') }) } },
    'an early hook of the host': { before: (app: FastifyInstance) => { app.addHook('onRequest', async () => { throw new Error('away') }) } },
    'a late hook of the host': { before: (app: FastifyInstance) => { app.addHook('onSend', async () => { throw new Error('away') }) } }
  } satisfies Record<string, HookHostOptions>)) {
    const { send, log } = await talkativeHost(t, options)
    for (const [index, url] of urls.slice(0, 7).entries()) await send(url, payload, { headers: { 'idempotency-key': `d${index}` } })
    assertSecret(t, log, what)
    t.match(log.text(), /away|must answer|did not answer/, `${what}: the reason is logged`)
  }
})

test('an early hook that reads the URL once leaves nothing for a later one', async (t) => {
  const seen: string[] = []
  const { send } = await hookHost(t, {
    records: [record],
    server: { rewriteUrl: ({ url = '' }) => url },
    before: (app) => {
      app.addHook('onRequest', async ({ originalUrl, url, raw }) => { seen.push(originalUrl, url, String(raw.url), String(Reflect.get(raw, 'originalUrl'))) })
      app.addHook('onResponse', async ({ originalUrl, url, raw }) => { seen.push(originalUrl, url, String(raw.url), String(Reflect.get(raw, 'originalUrl'))) })
    }
  })
  t.equal((await send(urls[0] ?? '', payload)).statusCode, 200)
  t.strictSame(seen, Array.from({ length: 8 }, () => `/hooks/${_id}/***`))
})

test('a logger that knows no serializers gets no token, and the logger factory of the host is asked', async (t) => {
  const lines: string[] = []
  const bindings: object[] = []
  const log = (...parts: unknown[]): void => { lines.push(parts.map((part) => (part !== null && typeof part === 'object' && 'req' in part ? JSON.stringify(urlsOf(part.req as FastifyRequest)) : String(part))).join(' ')) }
  const loggerInstance: FastifyBaseLogger = {
    level: 'trace', info: log, error: log, debug: log, fatal: log, warn: log, trace: log, silent: log, child: () => loggerInstance
  }
  const { send } = await hookHost(t, {
    records: [record],
    server: { loggerInstance },
    before: (app) => {
      app.setChildLoggerFactory((logger, given, options, raw) => {
        bindings.push({ ...given, url: raw.url, hasSerializers: 'serializers' in options })
        return logger.child(given, options)
      })
      app.get('/of-the-host/:a', async ({ url }) => url)
    }
  })
  t.equal((await send(urls[0] ?? '', payload)).statusCode, 200)
  t.equal((await send('/of-the-host/b', undefined, { method: 'GET' })).body, '/of-the-host/b')
  t.notOk(lines.join('\n').includes(token))
  t.match(bindings, [{ reqId: 'req-1', url: `/hooks/${_id}/***`, hasSerializers: true }, { reqId: 'req-2', url: '/of-the-host/b', hasSerializers: false }])
})

test('serializers of the host and of its registration go on working for other lines', async (t) => {
  const log = captureLog()
  const { send } = await hookHost(t, {
    records: [record],
    server: { logger: { ...log.logger, serializers: { mine: () => 'of the host' } } },
    options: { logSerializers: { yours: () => 'of the registration', req: () => 'replaced' } },
    before: (app) => { app.addHook('preHandler', async ({ log, raw }) => { log.info({ mine: 1, yours: 1, req: raw, res: {} }, 'odd') }) }
  })
  await send(urls[0] ?? '', payload)
  t.match(log.lines().find(({ msg }) => msg === 'odd'), { mine: 'of the host', yours: 'of the registration', req: { url: `/hooks/${_id}/***`, method: 'POST' }, res: {} })
  t.match(log.lines().find(({ msg }) => msg === 'incoming request'), { req: { method: 'POST', url: `/hooks/${_id}/***`, host: 'localhost:80', remoteAddress: '127.0.0.1' } })
  t.match(log.lines().find(({ msg }) => msg === 'request completed'), { res: { statusCode: 200 } })
})

test('no adapter is given a token', async (t) => {
  const { send, calls, messenger } = await hookHost(t, { records: [hookRecord({ ...record, overrideDestinationChannelEnabled: true })] })
  for (const url of urls.slice(0, 7)) await send(url, { ...payload, channel: ['#general', '@owner'] })
  t.ok(calls.length > 10 && messenger.posts.length > 5)
  t.notOk(JSON.stringify(calls.filter((call) => !call.startsWith('store.find'))).includes(token))
  t.notOk(JSON.stringify(messenger.posts).includes(token))
  t.notOk(JSON.stringify(messenger.posts).includes(scriptSecret))
})

test('what is logged of a request', async (t) => {
  const log = captureLog()
  const { send } = await hookHost(t, {
    records: [record],
    server: { logger: { ...log.logger, level: 'info' } },
    behaviours: { post: { '#GENERAL': { fail: Object.assign(new Error('the database is away'), { query: bodySecret }) } } }
  })
  const linesOf = (): object[] => log.lines().filter(({ msg }) => msg !== 'incoming request' && msg !== 'request completed').map(({ level, msg, errorType, integrationId, err }) => ({ level, msg, errorType, integrationId, ...(err !== undefined && { err }) }))
  await send(urls[0] ?? '', payload)
  await send(urls[0] ?? '', {})
  await send(`/hooks/${_id}/x`, payload)
  const [, ...lines] = linesOf()
  t.match(lines, [
    { level: 50, msg: 'Service Unavailable', errorType: 'error-service-unavailable', integrationId: _id, err: { message: /messenger\.post failed: the database is away/ } },
    { level: 30, msg: 'hook request refused', errorType: 'error-no-message', integrationId: _id },
    { level: 30, msg: 'hook request refused', errorType: 'error-invalid-hook', integrationId: undefined }
  ])
  t.equal(lines.length, 3)
  t.notOk(log.text().includes(bodySecret))
})
