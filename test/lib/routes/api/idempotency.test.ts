import { createHash } from 'node:crypto'
import Fastify from 'fastify'
import type { Test } from 'tap'
import chatIntegrations, { type Change, type IntegrationStore } from '../../../../lib/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { type Client, type Reply, startClient } from '../../../support/client.ts'
import { integrationOf } from '../../../support/integrations.ts'
import { storeWith } from '../../../support/store-with.ts'
import { onEachStore } from '../../../support/stores.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { until } from '../../../support/until.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

const { admin, owner, guest } = members

async function send (client: Client, key: string, body: unknown = incomingBody, user = admin as { _id: string }): Promise<Reply> {
  return await client.post(JSON.stringify(body), {
    ...credentials(user), 'content-type': 'application/json', 'idempotency-key': key
  })
}

function failure (t: Test, { status, body }: Reply, expected: number, errorType: string, name: string): void {
  t.equal(status, expected, name)
  t.match(body, { success: false, errorType, error: new RegExp(`\\[${errorType}\\]$`) }, name)
}

onEachStore('Idempotency-Key', async (t, newStore) => {
  const changes: Change[] = []
  const store = newStore()
  const client = await startClient(t, { store, onChange: (change) => { changes.push(change) } })
  const total = async (): Promise<unknown> => (await client.query('list', {})).body

  await t.test('the same key and body: the first answer, byte for byte, and one integration', async (t) => {
    for (const [index, body] of [incomingBody, outgoingBody].entries()) {
      const first = await send(client, `same-${index}`, body)
      t.equal(first.status, 200)
      t.notOk(first.headers.has('idempotent-replayed'))
      for (let again = 0; again < 3; again++) {
        const reply = await send(client, `same-${index}`, body)
        t.equal(reply.status, 200)
        t.equal(reply.text, first.text)
        t.equal(reply.headers.get('idempotent-replayed'), 'true')
        t.equal(reply.headers.get('cache-control'), 'no-store')
      }
    }
    t.match(await total(), { total: 2 })
    t.equal(changes.length, 2, 'it is announced once')
  })

  await t.test('bodies that mean the same are the same', async (t) => {
    const first = await send(client, 'means the same'.replaceAll(' ', '-'), { ...outgoingBody, triggerWords: ['a', 'b'], alias: null })
    const second = await send(client, 'means-the-same', { triggerWords: ' b, a'.split(',').reverse(), avatar: '', ...outgoingBody })
    t.equal(second.text, first.text)
  })

  await t.test('another body: 422', async (t) => {
    await send(client, 'reused')
    for (const body of [{ ...incomingBody, name: 'other' }, outgoingBody, { ...incomingBody, script: 'x' }]) {
      failure(t, await send(client, 'reused', body), 422, 'error-idempotency-key-reused', JSON.stringify(body))
    }
  })

  await t.test('the key belongs to the caller', async (t) => {
    const body = { ...incomingBody, username: owner.username }
    const [one, other] = [await send(client, 'shared', body), await send(client, 'shared', body, owner)]
    t.not(integrationOf(one.body)._id, integrationOf(other.body)._id)
    t.notOk(other.headers.has('idempotent-replayed'))
  })

  await t.test('what failed runs afresh', async (t) => {
    const nowhere = { ...incomingBody, channel: '#nowhere' }
    for (let again = 0; again < 2; again++) t.match((await send(client, 'failed', nowhere)).body, { errorType: 'error-invalid-room' })
    for (let again = 0; again < 2; again++) t.match((await send(client, 'failed', incomingBody, guest)).body, { errorType: 'not_authorized' })
    t.match((await send(client, 'failed', { ...incomingBody, name: 5 })).body, { errorType: 'invalid-params' })
    const reply = await send(client, 'failed')
    t.equal(reply.status, 200)
    t.notOk(reply.headers.has('idempotent-replayed'))
  })

  await t.test('what was changed since is answered as it is now', async (t) => {
    const { _id: integrationId } = integrationOf((await send(client, 'changed')).body)
    const changed = await client.send('update', { type: 'webhook-incoming', integrationId, name: 'changed' })
    const reply = await send(client, 'changed')
    t.equal(reply.text, changed.text)
    t.equal(reply.headers.get('idempotent-replayed'), 'true')
    const token = integrationOf((await client.send('regenerateToken', { integrationId })).body).token
    t.equal(integrationOf((await send(client, 'changed')).body).token, token, 'an old token never comes back')
  })

  await t.test('what was removed since is not found, and does not come back', async (t) => {
    const { _id: integrationId } = integrationOf((await send(client, 'removed')).body)
    await client.send('remove', { type: 'webhook-incoming', integrationId })
    const reply = await send(client, 'removed')
    t.equal(reply.status, 400)
    t.strictSame(reply.body, { success: false, error: 'No integration found.' })
    t.match((await client.query('get', { integrationId })).body, { success: false })
  })

  await t.test('a key that is none', async (t) => {
    for (const key of ['', ' ', 'with space', 'x'.repeat(256), 'ümlaut', 'a, b']) {
      const reply = await send(client, key)
      t.equal(reply.status, 400, JSON.stringify(key))
      t.match(reply.body, { errorType: 'invalid-params', error: 'The header Idempotency-Key must be 1 to 255 visible ASCII characters' })
    }
    t.equal((await send(client, 'x'.repeat(255))).status, 200)
    t.equal((await send(client, '{}:*!~')).status, 200)
  })

  await t.test('other endpoints do not look at it', async (t) => {
    const headers = { ...credentials(admin), 'idempotency-key': 'no key at all' }
    t.equal((await fetch(`${client.url}/api/v1/integrations.list`, { headers })).status, 200)
  })
})

onEachStore('Idempotency-Key while the first request is under way', async (t, newStore) => {
  let go = (): void => {}
  const gate = new Promise<void>((resolve) => { go = resolve })
  const { directory, ...adapters } = workspace()
  let waiting = 0
  const client = await startClient(t, {
    ...adapters,
    store: newStore(),
    directory: { ...directory, findRoom: async (key) => { waiting++; await gate; return await directory.findRoom(key) } }
  })
  const first = send(client, 'busy')
  await until('the first is under way', () => waiting > 0)
  const second = await send(client, 'busy')
  failure(t, second, 409, 'error-idempotency-key-in-use', 'in use')
  t.equal(second.headers.get('retry-after'), '1')
  failure(t, await send(client, 'busy', outgoingBody), 422, 'error-idempotency-key-reused', 'with another body')
  const many = Array.from({ length: 20 }, async () => await send(client, 'busy'))
  for (const reply of await Promise.all(many)) t.equal(reply.status, 409)
  go()
  t.equal((await first).status, 200)
  t.equal((await send(client, 'busy')).text, (await first).text)
})

onEachStore('Idempotency-Key of many requests at once', async (t, newStore) => {
  const client = await startClient(t, { store: newStore() })
  const replies = await Promise.all(Array.from({ length: 40 }, async (_, index) => await send(client, `key-${index % 4}`)))
  t.strictSame([...new Set(replies.map(({ status }) => status))].filter((status) => status !== 200 && status !== 409), [])
  t.match((await client.query('list', {})).body, { total: 4 })
})

onEachStore('Idempotency-Key when the store fails on the way', async (t, newStore) => {
  const inner = newStore()
  let fails: Partial<IntegrationStore> = {}
  const client = await startClient(t, {
    store: storeWith({
      insert: (...args) => (fails.insert ?? inner.insert.bind(inner))(...args),
      release: (...args) => (fails.release ?? inner.release.bind(inner))(...args)
    }, inner),
    adapterTimeout: 1000
  })
  await t.test('the key is given back', async (t) => {
    fails = { insert: () => { throw new Error('down') } }
    t.equal((await send(client, 'down')).status, 503)
    fails = {}
    t.equal((await send(client, 'down')).status, 200)
  })
  await t.test('or lapses, if that fails as well', async (t) => {
    fails = { insert: () => new Promise(() => {}), release: () => Promise.reject(new Error('down')) }
    t.equal((await send(client, 'away')).status, 503)
    fails = {}
    await until('it has lapsed', async () => (await send(client, 'away')).status === 200)
  })
  await t.test('an integration that was inserted though the answer was lost is answered the next time', async (t) => {
    fails = { insert: async (...args) => { await inner.insert(...args); throw new Error('the answer was lost') } }
    t.equal((await send(client, 'lost')).status, 503)
    fails = {}
    const reply = await send(client, 'lost')
    t.equal(reply.headers.get('idempotent-replayed'), 'true')
  })
  await t.test('a store that fails at once to give the key back hides no better reason', async (t) => {
    fails = { release: () => { throw new Error('down') } }
    t.match((await send(client, 'refused', { ...incomingBody, channel: '#nowhere' })).body, { errorType: 'error-invalid-room' })
  })
  await t.test('nobody waits longer for it than adapterTimeout', async (t) => {
    fails = { insert: () => new Promise(() => {}), release: () => new Promise(() => {}) }
    const begun = performance.now()
    t.equal((await send(client, 'hangs')).status, 503)
    t.ok(performance.now() - begun < 1000 + 5000)
    fails = {}
  })
  await t.test('a claim that has lapsed on the way creates nothing', async (t) => {
    fails = {
      insert: async (integration, conditions, call) => {
        if (conditions.once !== undefined) await inner.release(conditions.once.claim, call)
        return await inner.insert(integration, conditions, call)
      }
    }
    failure(t, await send(client, 'lapsed'), 409, 'error-idempotency-key-in-use', 'lapsed')
    fails = {}
  })
  t.match((await client.query('list', {})).body, { total: 3 })
})

onEachStore('Idempotency-Key and permissions', async (t, newStore) => {
  let may = true
  let calls = 0
  const store = newStore()
  const client = await startClient(t, {
    ...workspace(), hasPermission: () => may, store: storeWith({ claim: (...args) => { calls++; return store.claim(...args) } }, store)
  })
  t.equal((await send(client, 'revoked')).status, 200)
  t.equal((await send(client, 'revoked')).headers.get('idempotent-replayed'), 'true')
  may = false
  t.match((await send(client, 'revoked')).body, { errorType: 'not_authorized' }, 'whoever has lost the permission gets no token')
  t.equal(calls, 2, 'nothing was written for it')
})

onEachStore('fastify.integrations creates once, too', async (t, newStore) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), store: newStore(), idempotencyTtl: 60_000 })
  await app.ready()
  const idempotencyKey = createHash('sha256').update('from the import of today').digest('hex')
  const first = await app.integrations.create(admin, incomingBody, { idempotencyKey })
  t.strictSame(await app.integrations.create(admin, incomingBody, { idempotencyKey }), first)
  await t.rejects(app.integrations.create(admin, outgoingBody, { idempotencyKey }), { code: 'error-idempotency-key-reused' })
  for (const key of ['', null, 5, ['a'], {}]) {
    await t.rejects(app.integrations.create(admin, incomingBody, { idempotencyKey: unchecked(key) }), { code: 'invalid-params' })
  }
})

onEachStore('Idempotency-Key of users whose ids differ in halves of surrogate pairs only', async (t, newStore) => {
  // As JSON can say them, and as UTF-8 cannot tell them apart.
  const users = ['\uD83D', '\uD83E', '\uFFFD'].map((_id) => ({ _id, username: owner.username }))
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), store: newStore(), hasPermission: () => true })
  const ids = new Set<string>()
  for (const user of users) ids.add((await app.integrations.create(user, incomingBody, { idempotencyKey: 'shared' }))._id)
  t.equal(ids.size, users.length, 'the key belongs to the caller')
})
