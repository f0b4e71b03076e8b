import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { startClient } from '../../../support/client.ts'
import { incoming, outgoing } from '../../../support/expect.ts'
import { onEachStore } from '../../../support/stores.ts'
import { members } from '../../../support/workspace.ts'

const id = /^[23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz]{17}$/
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const call = { signal: new AbortController().signal }

// Contract section 2.7.
onEachStore('what a create stores and returns', async (t, newStore) => {
  const store = newStore()
  const { create } = await startClient(t, { store })
  const stamps = { _createdBy: { _id: 'adminId', username: 'admin' } }

  await t.test('the incoming call of the API document', async (t) => {
    const before = Date.now()
    const reply = await create(incomingBody)
    const integration = incoming(t, reply)
    const { _id, token, _createdAt, _updatedAt, ...rest } = integration
    t.match(_id, id)
    t.equal(token.length, 48)
    t.match(_createdAt, time)
    t.equal(_updatedAt, _createdAt)
    t.ok(Date.parse(_createdAt) >= before && Date.parse(_createdAt) <= Date.now())
    t.strictSame(rest, {
      type: 'webhook-incoming',
      name: 'testHook',
      enabled: true,
      username: 'rocket.cat',
      userId: 'rocket.cat',
      channel: ['#general'],
      scriptEnabled: false,
      scriptEngine: 'isolated-vm',
      skipTranspile: false,
      overrideDestinationChannelEnabled: false,
      ...stamps
    })
    t.strictSame(reply.body, { integration, success: true }, 'the record and success, nothing else')
    t.strictSame((await store.find(_id, call))?.integration, { ...integration, channelIds: ['#GENERAL'] }, 'the stored record')
  })

  await t.test('the outgoing call of the API document', async (t) => {
    const reply = await create(outgoingBody)
    const integration = outgoing(t, reply)
    const { _id, token, secret, _createdAt, _updatedAt, ...rest } = integration
    t.match(_id, id)
    t.equal(token.length, 24)
    t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/, '32 bytes')
    t.equal(_updatedAt, _createdAt)
    t.strictSame(rest, {
      type: 'webhook-outgoing',
      name: 'Testing via REST API',
      enabled: false,
      username: 'rocket.cat',
      userId: 'rocket.cat',
      event: 'sendMessage',
      urls: ['http://text2gif.guggy.com/guggify'],
      channel: ['#general'],
      scriptEnabled: false,
      scriptEngine: 'isolated-vm',
      skipTranspile: false,
      ...stamps
    })
    t.strictSame(reply.body, { integration, success: true })
    t.strictSame((await store.find(_id, call))?.integration, { ...integration, channelIds: ['#GENERAL'] })
  })

  await t.test('every optional field that was given', async (t) => {
    const common = { alias: 'Guggy', avatar: 'http://res.guggy.com/logo_128.png', emoji: ':ghost:', script: 'let a = "\u2028 é 😀 \ud800"' }
    const posted = incoming(t, await create({ ...incomingBody, ...common, overrideDestinationChannelEnabled: true }, members.owner))
    t.match(posted, { ...common, overrideDestinationChannelEnabled: true, _createdBy: { _id: 'ownerId', username: 'owner' } })
    t.strictSame((await store.find(posted._id, call))?.integration, { ...posted, channelIds: ['#GENERAL'] })

    const only = {
      triggerWords: ['!guggy', '!gif'],
      triggerWordAnywhere: true,
      token: '8DFS89DMKLWEN',
      targetRoom: '#general',
      runOnEdits: true,
      impersonateUser: true,
      retryFailedCalls: true,
      retryCount: 6,
      retryDelay: 'powers-of-two'
    }
    const called = outgoing(t, await create({ ...outgoingBody, ...common, ...only }))
    t.match(called, { ...common, ...only })
    t.strictSame((await store.find(called._id, call))?.integration, { ...called, channelIds: ['#GENERAL'], targetRoomId: '#GENERAL' })
  })

  await t.test('no two requests share an identifier or a token', async (t) => {
    const replies = await Promise.all(Array.from({ length: 200 }, () => create(incomingBody)))
    const integrations = replies.map((reply) => incoming(t, reply))
    t.equal(new Set(integrations.map(({ _id }) => _id)).size, 200)
    t.equal(new Set(integrations.map(({ token }) => token)).size, 200)
  })
})
