import type { Test } from 'tap'
import type { Integration } from '../../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { type Client, type Reply, startClient } from '../../../support/client.ts'
import { incoming, invalid, outgoing, refused } from '../../../support/expect.ts'
import { integrationOf } from '../../../support/integrations.ts'
import { type NewStore, onEachStore } from '../../../support/stores.ts'
import { credentials, members } from '../../../support/workspace.ts'

// Contract section 3, as a client would go through it.
onEachStore('management', async (t, newStore) => {
  await t.test('list: pages, filters and sorts', (t) => list(t, newStore))
  await t.test('list: parameters', (t) => listParameters(t, newStore))
  await t.test('get', (t) => get(t, newStore))
  await t.test('update: some fields', (t) => partialUpdate(t, newStore))
  await t.test('update: all fields, as Rocket.Chat wants it', (t) => fullUpdate(t, newStore))
  await t.test('update: what is read can be sent back', (t) => echo(t, newStore))
  await t.test('update: rules', (t) => updateRules(t, newStore))
  await t.test('update: rooms and users that it does not change', (t) => unchangedNames(t, newStore))
  await t.test('remove', (t) => remove(t, newStore))
  await t.test('regenerateToken', (t) => regenerate(t, newStore))
})

const notFound = { success: false, error: 'No integration found.' }
const doesNotExist = { success: false, error: 'The integration does not exists.' }

async function start (t: Test, newStore: NewStore): Promise<Client> {
  return await startClient(t, { store: newStore() })
}

function integrationsOf ({ body }: Reply): Integration[] {
  const { integrations }: { integrations: Integration[] } = JSON.parse(JSON.stringify(body))
  return integrations
}

function names (reply: Reply): string[] {
  return integrationsOf(reply).map(({ name }) => name)
}

async function list (t: Test, newStore: NewStore): Promise<void> {
  const { create, query } = await start(t, newStore)
  t.strictSame((await query('list', {})).body, { integrations: [], offset: 0, items: 0, count: 0, total: 0, success: true })

  const created: Integration[] = []
  for (let i = 0; i < 12; i++) {
    const name = `${['Äpfel', 'birnen', 'Citrus'][i % 3]} ${String(i).padStart(2, '0')}`
    const user = i % 4 === 3 ? members.owner : members.admin
    const username = i % 2 === 0 ? 'rocket.cat' : user.username
    created.push(i % 2 === 0
      ? incoming(t, await create({ ...incomingBody, name, username }, user))
      : outgoing(t, await create({ ...outgoingBody, name, username, enabled: i % 3 === 0 }, user)))
    // Distinct times make the order plain; the order of equal times is a matter of the stores' own tests.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const all = await query('list', {})
  t.strictSame(all.body, { integrations: created.toReversed(), offset: 0, items: 12, count: 12, total: 12, success: true }, 'newest first')
  t.equal(all.headers.get('cache-control'), 'no-store')

  const byName = [...created].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)).map(({ name }) => name)
  t.strictSame(names(await query('list', { sort: '{"name":1}' })), byName)
  t.strictSame(names(await query('list', { sort: '{"name":-1}' })), byName.toReversed())
  t.strictSame(names(await query('list', { sort: '{"_createdAt":1}' })), created.map(({ name }) => name))

  for (const sort of ['{"_createdAt":-1}', '{"name":1}', '{"name":-1}', '{"username":1}', '{"_updatedAt":-1}', '{"type":1}', '{"enabled":-1}']) {
    const whole = names(await query('list', { sort }))
    t.equal(new Set(whole).size, 12, sort)
    for (const offset of [0, 1, 5, 11, 12, 500]) {
      for (const count of [1, 4, 100]) {
        const page = await query('list', { sort, offset: String(offset), count: String(count) })
        const expected = whole.slice(offset, offset + count)
        t.strictSame(names(page), expected, `${sort} ${offset} ${count}`)
        t.match(page.body, { offset, items: expected.length, count: expected.length, total: 12 })
      }
    }
  }
  for (const field of ['username', '_updatedAt', 'type', 'enabled'] as const) {
    const values = integrationsOf(await query('list', { sort: `{"${field}":1}` })).map((integration) => String(integration[field]))
    t.strictSame(values, [...values].sort(), field)
  }

  const citrus = await query('list', { name: 'TRUS', sort: '{"name":1}' })
  t.strictSame(names(citrus), byName.filter((name) => name.startsWith('Citrus')), 'part of a name, in any case')
  t.match(citrus.body, { total: 4 })
  t.strictSame(names(await query('list', { name: 'citrus', count: '2', offset: '1' })),
    created.map(({ name }) => name).filter((name) => name.startsWith('Citrus')).toReversed().slice(1, 3), 'newest first')
  t.strictSame(names(await query('list', { name: 'äPF', count: '1', sort: '{"username":1}' })).length, 1)
  t.match((await query('list', { name: 'no such name' })).body, { integrations: [], total: 0 })

  for (const type of ['webhook-incoming', 'webhook-outgoing']) {
    const some = await query('list', { type, sort: '{"_createdAt":1}' })
    t.strictSame(integrationsOf(some), created.filter((integration) => integration.type === type), type)
  }
  const own = await query('list', {}, members.owner)
  t.strictSame(integrationsOf(own), created.filter(({ _createdBy }) => _createdBy._id === 'ownerId').toReversed(), 'own: what it created')
  t.match(own.body, { total: 3 })
  t.match((await query('list', { type: 'webhook-incoming' }, members.owner)).body, { total: 0 })
}

async function listParameters (t: Test, newStore: NewStore): Promise<void> {
  const { create, query, url } = await startClient(t, { store: newStore(), maxListCount: 120 })
  await Promise.all(Array.from({ length: 130 }, (_, i) => create({ ...incomingBody, name: `n${i}` })))
  t.match((await query('list', {})).body, { count: 50, total: 130 }, '50 when nothing is said')
  t.match((await query('list', { count: '100' })).body, { count: 100 })
  t.match((await query('list', { count: '5000' })).body, { count: 100 }, 'more than 100 is 100')
  t.match((await query('list', { count: '0' })).body, { count: 120, total: 130 }, '0 is all, up to maxListCount')
  for (const field of ['offset', 'count']) {
    for (const value of ['-1', '1.5', 'x', '1e3', '9'.repeat(30)]) {
      invalid(t, await query('list', { [field]: value }), `/${field}`, new RegExp(`^/${field} must (be an integer|not be less than 0)$`), `${field}=${value}`)
    }
  }
  invalid(t, await query('list', { type: 'webhook' }), '/type', "/type must be 'webhook-incoming' or 'webhook-outgoing'", 'type')
  const everything = await query('list', {})
  const blank = await query('list', { type: '', name: ' ', count: '', offset: ' ', sort: '' })
  t.strictSame(blank.body, everything.body, 'blank counts as absent')
  t.strictSame((await query('list', { query: '{"name":"n1"}', fields: '{"name":1}' })).body, everything.body, 'query and fields are ignored')
  const twice = await fetch(`${url}/api/v1/integrations.list?count=1&type=webhook-incoming&count=2&type=`, { headers: credentials(members.admin) })
  t.match(await twice.json(), { count: 2, total: 130 }, 'of a repeated parameter the last counts')
  invalid(t, await query('list', { cuont: '1' }), '/cuont', "/cuont is not a field of this request; did you mean 'count'?", 'unknown')
  for (const sort of ['name', '{}', '{"name":2}', '{"name":"1"}', '{"name":1,"type":0}', '{"name":1,"token":1}', '{"token":1}', '{"ts":true}', '[]', '{"__proto__":1}', '[1]', 'null', '1', '"name"', 'x'.repeat(100)]) {
    refused(t, await query('list', { sort }), 'error-invalid-sort', `Invalid sort parameter provided: "${sort}"`, { field: 'sort' }, `sort=${sort}`)
  }
  t.strictSame(await query('list', {}, members.guest).then(({ status, body }) => ({ status, body })), {
    status: 403,
    body: { success: false, error: 'User does not have the permissions required for this action [error-unauthorized]' }
  })
}

async function get (t: Test, newStore: NewStore): Promise<void> {
  const { create, query } = await start(t, newStore)
  const mine = incoming(t, await create(incomingBody))
  const integrationId = mine._id
  t.strictSame((await query('get', { integrationId })).body, { integration: mine, success: true })
  t.strictSame((await query('get', { integrationId, createdBy: 'adminId' })).body, { integration: mine, success: true })
  t.strictSame((await query('get', { integrationId, createdBy: 'ownerId' })).body, doesNotExist)
  t.strictSame((await query('get', { integrationId: 'unknown' })).body, doesNotExist)
  t.strictSame((await query('get', { integrationId }, members.owner)).body, doesNotExist, 'own: of somebody else')
  for (const id of [integrationId, 'unknown']) {
    const { status, body } = await query('get', { integrationId: id }, members.guest)
    t.strictSame({ status, body }, { status: 400, body: { success: false, error: 'not-authorized' } })
  }
  invalid(t, await query('get', {}), '/integrationId', "must have required property 'integrationId'", 'missing')
  invalid(t, await query('get', { integrationId: ' ' }), '/integrationId', "must have required property 'integrationId'", 'blank')
}

async function partialUpdate (t: Test, newStore: NewStore): Promise<void> {
  const { create, send, query } = await start(t, newStore)
  const before = outgoing(t, await create({
    ...outgoingBody, alias: 'a', script: 'let x', triggerWords: ['w'], retryFailedCalls: true, targetRoom: '#team'
  }))
  const { _id: integrationId, type } = before
  const update = async (fields: object): Promise<Integration> => outgoing(t, await send('update', { type, integrationId, ...fields }))

  let last = before
  for (const [fields, expected] of [
    [{ enabled: true }, { enabled: true }],
    [{ name: ' new ' }, { name: 'new' }],
    [{ channel: ['#team', '@guest'] }, { channel: ['#team', '@guest'] }],
    [{ urls: ['https://b.example', 'https://c.example'] }, { urls: ['https://b.example', 'https://c.example'] }],
    [{ username: 'guest' }, { username: 'guest', userId: 'guestId' }],
    [{ token: 'mine' }, { token: 'mine' }],
    [{ token: '' }, {}],
    [{ alias: null, targetRoom: '' }, { alias: undefined, targetRoom: undefined }],
    [{ script: 'class {', scriptEnabled: true }, { script: 'class {', scriptEnabled: true, scriptError: { name: 'SyntaxError', message: 'A class name is required. (1:6)' } }],
    [{ script: 'class A {}' }, { script: 'class A {}', scriptError: undefined }],
    [{ script: 'class {' }, { script: 'class {', scriptError: { name: 'SyntaxError', message: 'A class name is required. (1:6)' } }],
    [{ script: '' }, { script: undefined, scriptError: undefined }],
    [{ event: 'roomJoined' }, { event: 'roomJoined', triggerWords: undefined }],
    [{ event: 'roomCreated' }, { event: 'roomCreated', channel: [] }],
    [{ event: 'sendMessage', channel: '#general', triggerWords: 'a,b' }, { event: 'sendMessage', channel: ['#general'], triggerWords: ['a', 'b'] }],
    [{}, {}]
  ] as Array<[object, object]>) {
    const after = await update(fields)
    t.ok(after._updatedAt > last._updatedAt, 'strictly later')
    const changed = { ...last, ...expected, _updatedAt: after._updatedAt, _updatedBy: { _id: 'adminId', username: 'admin' } }
    t.strictSame(after, JSON.parse(JSON.stringify(changed)), JSON.stringify(fields))
    t.strictSame((await query('get', { integrationId })).body, { integration: after, success: true }, 'stored')
    last = outgoing(t, await query('get', { integrationId }))
  }
  t.match((await query('list', { name: 'testing via' })).body, { total: 0 }, 'found by its new name only')
  t.match((await query('list', { name: 'NEW' })).body, { total: 1 })
}

async function fullUpdate (t: Test, newStore: NewStore): Promise<void> {
  const { create, send } = await start(t, newStore)
  const posted = incoming(t, await create(incomingBody))
  const after = incoming(t, await send('update', {
    type: 'webhook-incoming',
    integrationId: posted._id,
    name: 'all',
    enabled: false,
    username: 'guest',
    channel: '#general,#team',
    scriptEnabled: true,
    script: '1',
    alias: 'al',
    avatar: '/a.png',
    emoji: ':x:',
    overrideDestinationChannelEnabled: true,
    event: null,
    urls: null
  }))
  t.match(after, { name: 'all', enabled: false, username: 'guest', userId: 'guestId', channel: ['#general', '#team'], alias: 'al', overrideDestinationChannelEnabled: true })
  t.match(after, { _id: posted._id, token: posted.token, _createdAt: posted._createdAt, _createdBy: posted._createdBy })

  const called = outgoing(t, await create(outgoingBody))
  const [url] = called.urls
  const byUrl = outgoing(t, await send('update', { ...outgoingBody, target_url: url, name: 'by url' }))
  t.match(byUrl, { _id: called._id, name: 'by url' })
}

async function echo (t: Test, newStore: NewStore): Promise<void> {
  const { create, send } = await start(t, newStore)
  for (const created of [
    incoming(t, await create({ ...incomingBody, script: 'class {', scriptEnabled: true })),
    outgoing(t, await create({ ...outgoingBody, retryFailedCalls: true, triggerWords: ['a'] }))
  ]) {
    const integrationId = created._id
    const reply = await send('update', { ...created, integrationId, enabled: true })
    t.equal(reply.status, 200, reply.text)
    const { integration }: { integration: Integration } = JSON.parse(reply.text)
    t.strictSame(integration, { ...created, enabled: true, _updatedAt: integration._updatedAt, _updatedBy: { _id: 'adminId', username: 'admin' } })

    refused409(t, await send('update', { ...created, integrationId, enabled: false }), 'the guard: it has changed since')
    const ignored = await send('update', {
      type: created.type, integrationId, targetChannel: '#general', avatarUrl: 5, scriptCompiled: { x: 1 }, hookPath: '', secret: null
    })
    t.equal(ignored.status, 200, 'what clients of Rocket.Chat send besides')
    t.notMatch(ignored.text, /targetChannel|avatarUrl|scriptCompiled|hookPath/)
    t.equal(Reflect.get(integrationOf(ignored.body), 'secret'), Reflect.get(created, 'secret'), 'the secret stays')
    const { _updatedAt, ...unguarded } = created
    t.equal((await send('update', { ...unguarded, integrationId, _updatedAt: null })).status, 200, 'no guard')
    for (const field of ['_id', 'userId', '_createdAt', '_createdBy', '_updatedBy', 'scriptError', 'hookPath', 'secret']) {
      invalid(t, await send('update', { type: created.type, integrationId, [field]: { _id: 'forged' } }), `/${field}`,
        `/${field} is set by the server`, field)
    }
  }
  const posted = incoming(t, await create(incomingBody))
  invalid(t, await send('update', { type: posted.type, integrationId: posted._id, token: 'mine' }), '/token',
    '/token can be changed by integrations.regenerateToken only', 'incoming token')
}

function refused409 (t: Test, { status, body }: Reply, name: string): void {
  t.equal(status, 409, name)
  t.strictSame(body, {
    success: false,
    error: 'The integration has been changed since it was read [error-integration-changed]',
    errorType: 'error-integration-changed',
    details: { field: '_updatedAt' }
  }, name)
}

async function updateRules (t: Test, newStore: NewStore): Promise<void> {
  const { create, send, query } = await start(t, newStore)
  const { _id: integrationId, type, ...before } = outgoing(t, await create(outgoingBody))
  const send200 = async (fields: object, user = members.admin as typeof members[keyof typeof members]): Promise<Reply> =>
    await send('update', { type, integrationId, ...fields }, user)

  invalid(t, await send('update', { type }), '/integrationId', "must have required property 'integrationId'", 'missing')
  invalid(t, await send('update', { integrationId }), '/type', "must have required property 'type'", 'type missing')
  const byUrl = await send('update', { type: 'webhook-incoming', target_url: 'http://a.example' })
  invalid(t, byUrl, '/integrationId', "must have required property 'integrationId'", 'incoming by url')
  t.match(byUrl.text, '"path":"/target_url","message":"does not belong to a webhook-incoming integration')
  t.strictSame((await send('update', { type: 'x', integrationId })).body, { success: false, error: 'Invalid integration type.' })
  for (const body of [{ type: 'webhook-incoming', integrationId }, { type, integrationId: 'unknown' }, { type, target_url: 'http://nowhere.example' }]) {
    const { status, body: answer } = await send('update', body)
    t.strictSame({ status, answer }, { status: 400, answer: notFound }, JSON.stringify(body))
  }
  t.strictSame((await send200({}, members.owner)).body, notFound, 'own: of somebody else')
  refused(t, await send200({}, members.guest), 'not_authorized', 'Unauthorized', {
    permissions: ['manage-outgoing-integrations', 'manage-own-outgoing-integrations']
  }, 'no permission')

  invalid(t, await send200({ name: null }), '/name', '/name must be a string', 'a required field cannot be cleared')
  invalid(t, await send200({ urls: ['x'] }, members.guest), '/urls/0', 'absolute http or https URL', 'form before permission')
  refused(t, await send200({ channel: '#nowhere' }), 'error-invalid-room', 'Invalid room', { field: 'channel', channel: '#nowhere' }, 'room')
  refused(t, await send200({ channel: '' }), 'error-invalid-channel', 'Invalid channel', { field: 'channel' }, 'blank channel')
  refused(t, await send200({ event: 'x' }), 'error-invalid-event-type', 'Invalid event type', { field: 'event', event: 'x' }, 'event')
  refused(t, await send200({ username: 'nobody' }), 'error-invalid-user', 'Invalid user', { field: 'username', username: 'nobody' }, 'user')
  t.match((await query('get', { integrationId })).body, { integration: before }, 'a refused update changes nothing')
}

async function unchangedNames (t: Test, newStore: NewStore): Promise<void> {
  const rooms = new Set(['general', 'gone', 'target'])
  const users = new Set<string>(['rocket.cat', 'guest'])
  const { create, send } = await startClient(t, {
    store: newStore(),
    directory: {
      findUser: (key) => Object.values(members).find(({ _id, username }) => users.has(username) && (_id === key || username === key)),
      findRoom: (name) => (rooms.has(name) ? { _id: name } : null),
      isMember: () => true
    }
  })
  const { _id: integrationId, type } = outgoing(t, await create({ ...outgoingBody, enabled: true, channel: '#general,#gone', targetRoom: '#target' }))
  const update = async (fields: object): Promise<Reply> => await send('update', { type, integrationId, ...fields })
  rooms.delete('gone')
  for (const fields of [
    { name: 'renamed' }, { alias: 'a' }, { avatar: '/a.png' }, { emoji: ':x:' }, { retryFailedCalls: true, retryCount: 2 }, { enabled: false },
    // None of these names a room or a user.
    { urls: ['http://b.example'] }, { event: 'fileUploaded' }, { script: 'let a' }, { token: 'mine' }, { runOnEdits: true },
    { channel: ['#general', '#gone'], username: 'rocket.cat', targetRoom: '#target', enabled: false }
  ]) t.equal((await update(fields)).status, 200, JSON.stringify(fields))

  const gone = { field: 'channel', channel: '#gone' }
  for (const fields of [{ enabled: true }, { channel: '#gone,#general' }, { username: 'guest' }, { targetRoom: '#general' }]) {
    refused(t, await update(fields), 'error-invalid-room', 'Invalid room', gone, JSON.stringify(fields))
  }
  t.match(outgoing(t, await update({ channel: '#general', enabled: true })), { channel: ['#general'], enabled: true }, 'mended')
  refused(t, await update({ channel: '#general,#gone' }), 'error-invalid-room', 'Invalid room', gone, 'once it is gone, it has to exist')

  await update({ enabled: false })
  rooms.delete('target')
  refused(t, await update({ enabled: true }), 'error-invalid-room', 'Invalid room', { field: 'targetRoom', channel: '#target' }, 'the target')
  rooms.add('target')
  users.delete('rocket.cat')
  t.equal((await update({ urls: ['http://c.example'] })).status, 200)
  refused(t, await update({ enabled: true }), 'error-invalid-user', 'Invalid user', { field: 'username', username: 'rocket.cat' }, 'the user')
  t.match(outgoing(t, await update({ enabled: true, username: 'guest' })), { enabled: true, userId: 'guestId' })
}

async function remove (t: Test, newStore: NewStore): Promise<void> {
  const { create, send, query } = await start(t, newStore)
  const posted = incoming(t, await create(incomingBody))
  const [first, second, third] = [
    outgoing(t, await create(outgoingBody)),
    outgoing(t, await create({ ...outgoingBody, urls: ['http://other.example', ...outgoingBody.urls] })),
    outgoing(t, await create(outgoingBody, members.owner))
  ]
  const { type } = first
  const [url] = outgoingBody.urls
  t.strictSame((await send('remove', { type, integrationId: posted._id })).body, notFound, 'of the other type')
  t.strictSame((await send('remove', { type: posted.type, integrationId: posted._id }, members.owner)).body, notFound, 'own: of somebody else')
  t.strictSame((await send('remove', { type: posted.type, integrationId: posted._id })).body, { integration: posted, success: true })
  t.strictSame((await send('remove', { type: posted.type, integrationId: posted._id })).body, notFound, 'gone')
  t.strictSame((await query('get', { integrationId: posted._id })).body, doesNotExist)

  t.strictSame((await send('remove', { type, target_url: url }, members.owner)).body, { integration: third, success: true }, 'own: the oldest of its own')
  t.strictSame((await send('remove', { type, target_url: url }, members.owner)).body, notFound)
  t.strictSame((await send('remove', { type, target_url: ` ${url} ` })).body, { integration: first, success: true }, 'the oldest')
  t.strictSame((await send('remove', { type, target_url: url, integrationId: '' })).body, { integration: second, success: true })
  t.strictSame((await send('remove', { type, target_url: 'http://other.example' })).body, notFound, 'every URL of it is gone')
  t.match((await query('list', {})).body, { total: 0 })

  const extra = incoming(t, await create(incomingBody))
  const more = { foo: 1, scriptCompiled: 'x', target_url: 5, name: ['x'] }
  t.strictSame((await send('remove', { type: extra.type, integrationId: extra._id, ...more })).body, { integration: extra, success: true }, 'other fields are ignored')
  invalid(t, await send('remove', { type: extra.type, target_url: url }), '/integrationId', "must have required property 'integrationId'", 'incoming by url')
  invalid(t, await send('remove', { type }), '/integrationId', "must have required property 'integrationId'", 'missing')
  for (const other of ['x', '']) invalid(t, await send('remove', { type: other, integrationId: 'x' }), '/type', 'must match exactly one schema in oneOf', 'type')
  const { status, body } = await send('remove', { type, integrationId: 'x' }, members.guest)
  t.strictSame({ status, body }, { status: 403, body: { success: false, error: 'User does not have the permissions required for this action [error-unauthorized]' } })
}

async function regenerate (t: Test, newStore: NewStore): Promise<void> {
  const { create, send, query } = await start(t, newStore)
  for (const before of [incoming(t, await create(incomingBody)), outgoing(t, await create(outgoingBody))]) {
    const integrationId = before._id
    const reply = await send('regenerateToken', { integrationId })
    const { integration }: { integration: Integration } = JSON.parse(reply.text)
    t.not(integration.token, before.token)
    t.equal(integration.token.length, before.token.length)
    t.ok(integration._updatedAt > before._updatedAt)
    t.strictSame(integration, { ...before, token: integration.token, _updatedAt: integration._updatedAt, _updatedBy: { _id: 'adminId', username: 'admin' } })
    t.strictSame((await query('get', { integrationId })).body, { integration, success: true })
    t.strictSame((await send('regenerateToken', { integrationId }, members.owner)).body, notFound)
  }
  t.strictSame((await send('regenerateToken', { integrationId: 'unknown' })).body, notFound)
  t.match((await send('regenerateToken', { integrationId: 'unknown' }, members.guest)).body, { errorType: 'not_authorized' })
  invalid(t, await send('regenerateToken', {}), '/integrationId', "must have required property 'integrationId'", 'missing')
}
