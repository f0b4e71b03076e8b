import { test, type Test } from 'tap'
import { Calls } from '../../../lib/guard/calls.ts'
import { noHistory } from '../../../lib/history/no-history.ts'
import { noSandbox } from '../../../lib/model/script/no-sandbox.ts'
import { bindManagement, type Management } from '../../../lib/management/integrations.ts'
import { announcer, type Change } from '../../../lib/model/changes.ts'
import { type IntegrationStore, MemoryStore } from '../../../lib/index.ts'
import type { IntegrationView } from '../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../support/bodies.ts'
import { ample } from '../../support/calls.ts'
import { follow } from '../../support/follower.ts'
import { until } from '../../support/until.ts'
import { members, workspace } from '../../support/workspace.ts'

const { admin } = members

interface Host {
  readonly integrations: Management
  readonly store: IntegrationStore
  readonly changes: Change[]
}

/** A host whose hooks are at a place, or that has none. */
function host (t: Test, hookPrefix: string | undefined, store = new MemoryStore()): Host {
  const changes: Change[] = []
  const { announce, settled } = announcer((change) => { changes.push(change) }, t.error)
  t.teardown(() => settled())
  const newCalls = (): Calls => new Calls({ ...workspace(), store, messenger: null, history: noHistory, sandbox: noSandbox, syntax: { check: () => undefined } }, ample)
  const rules = {
    hookPrefix,
    announce,
    reportUnreadable: () => {},
    forget: () => {},
    maxScriptLength: 65_536,
    scripts: 'allow',
    maxListCount: 10_000,
    maxListBytes: 1_048_576,
    maxIntegrationsPerCreator: 100,
    idempotencyTtl: 60_000
  } as const
  return { integrations: bindManagement(store, rules, newCalls), store, changes }
}

/** Everything that is answered about one integration, from its creation to its removal. */
async function answersAbout ({ integrations }: Host, body: typeof incomingBody | typeof outgoingBody): Promise<IntegrationView[]> {
  const options = { idempotencyKey: 'key' }
  const created = await integrations.create(admin, body, options)
  const { type, _id: integrationId } = created
  return [
    created,
    await integrations.create(admin, body, options),
    await integrations.get(admin, { integrationId }),
    ...(await integrations.list(admin)).integrations,
    ...(await integrations.list(admin, { sort: '{"username":1}' })).integrations,
    await integrations.update(admin, { type, integrationId, name: 'renamed' }),
    await integrations.regenerateToken(admin, { integrationId }),
    await integrations.get(admin, { integrationId }),
    await integrations.remove(admin, { type, integrationId })
  ]
}

function hookPathOf (view: IntegrationView): unknown {
  return 'hookPath' in view ? view.hookPath : undefined
}

test('every answer about an incoming integration has the path of its hook, with the token of now', async (t) => {
  const answers = await answersAbout(host(t, '/chat/hooks'), incomingBody)
  t.equal(answers.length, 9)
  for (const answer of answers) t.equal(hookPathOf(answer), `/chat/hooks/${answer._id}/${answer.token}`)
  t.equal(new Set(answers.map(hookPathOf)).size, 2, 'one for each token')
})

test('an outgoing integration has no hook, and a host without hook routes has none', async (t) => {
  for (const answer of [
    ...await answersAbout(host(t, '/hooks'), outgoingBody),
    ...await answersAbout(host(t, undefined), incomingBody)
  ]) t.notOk('hookPath' in answer)
})

test('the path is neither stored nor told to the host or to readers of the feed', async (t) => {
  const chat = host(t, '/hooks')
  const follower = follow(t, chat.store, ['webhook-incoming'])
  await until('the feed is live', () => follower.isLive)
  const [created] = await answersAbout(chat, incomingBody)
  const kept = await chat.integrations.create(admin, incomingBody)
  await until('the feed has what is there', () => follower.state.has(kept._id))
  await until('every change is told', () => chat.changes.length === 5)
  const told = JSON.stringify([chat.changes, follower.steps])
  t.notMatch(told, /hookPath|\/hooks/)
  for (const { token } of [created, kept].filter((view) => view !== undefined)) t.notMatch(told, token)
  t.notOk('hookPath' in ((await chat.store.find(kept._id, { signal: new AbortController().signal }))?.integration ?? { hookPath: 1 }))
})

test('an update may send the path back as it was read, and in no other form', async (t) => {
  const { integrations } = host(t, '/hooks')
  const created = await integrations.create(admin, incomingBody)
  const { type, _id: integrationId, token } = created
  const hookPath = hookPathOf(created)
  const echoed = await integrations.update(admin, { ...created, integrationId, name: 'echo' })
  t.match(echoed, { name: 'echo', hookPath, token })
  for (const absent of [null, '', undefined]) {
    t.match(await integrations.update(admin, { type, integrationId, hookPath: absent }), { hookPath }, 'nothing is sent')
  }
  const refusal = {
    code: 'invalid-params',
    message: '/hookPath is set by the server: leave it out or send it as it was read',
    details: { errors: [{ path: '/hookPath', message: 'is set by the server: leave it out or send it as it was read' }] }
  }
  for (const forged of [`${hookPath}x`, `/hooks/${integrationId}/`, `/other/${integrationId}/${token}`, `http://host${hookPath}`, [hookPath], { hookPath }, 5, true]) {
    await t.rejects(integrations.update(admin, { type, integrationId, hookPath: forged }), refusal, JSON.stringify(forged))
  }
  await integrations.regenerateToken(admin, { integrationId })
  await t.rejects(integrations.update(admin, { type, integrationId, hookPath }), refusal, 'the path of the old token')
})

test('without a hook, no path is one that was read', async (t) => {
  const store = new MemoryStore()
  const incoming = await host(t, '/hooks', store).integrations.create(admin, incomingBody)
  const outgoing = await host(t, '/hooks', store).integrations.create(admin, outgoingBody)
  const { type, _id: integrationId } = outgoing
  await t.rejects(host(t, '/hooks', store).integrations.update(admin, { type, integrationId, hookPath: hookPathOf(incoming) }), { code: 'invalid-params' })
  await t.rejects(host(t, undefined, store).integrations.update(admin, { ...incoming, integrationId: incoming._id }), { code: 'invalid-params' })
})
