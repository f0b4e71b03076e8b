import { MemoryHistory } from '../../../../lib/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { callers, holds, permissions } from '../../../support/callers.ts'
import { type Reply, startClient } from '../../../support/client.ts'
import { entryOf } from '../../../support/history.ts'
import { patient } from '../../../support/integrations.ts'
import { onEachStore } from '../../../support/stores.ts'
import { type Member, members, workspace } from '../../../support/workspace.ts'

/** What an endpoint answers: "ok", or what its error says. */
type Answer = string

const notAuthorized = 'Unauthorized [not_authorized]'
const forbidden = 'User does not have the permissions required for this action [error-unauthorized]'
const notFound = 'No integration found.'
const doesNotExist = 'The integration does not exists.'

/**
 * Contract 3.1, written down a second time: what the caller may do with an
 * integration of a direction that it created itself, or somebody else did.
 */
function expected (caller: Member, direction: 'incoming' | 'outgoing', own: boolean): Record<string, Answer> {
  const full = holds(caller, `manage-${direction}-integrations`)
  const any = full || holds(caller, `manage-own-${direction}-integrations`)
  const reaches = full || (any && own)
  const ownOnly = !caller.permissions.some((held) => held.startsWith('manage-') && !held.startsWith('manage-own-'))
  const nothing = caller.permissions.length === 0
  return {
    create: any ? 'ok' : notAuthorized,
    list: nothing ? forbidden : reaches ? 'listed' : 'not listed',
    // Who may manage only its own ones learns nothing about others; but it may know of its own what it may not manage.
    get: nothing ? 'not-authorized' : reaches ? 'ok' : any || (ownOnly && !own) ? doesNotExist : 'not-authorized',
    history: nothing ? forbidden : reaches ? 'listed' : any || (ownOnly && !own) ? 'not listed' : 'not-authorized',
    update: !any ? notAuthorized : reaches ? 'ok' : notFound,
    regenerateToken: !any ? notAuthorized : reaches ? 'ok' : notFound,
    clearHistory: !any ? notAuthorized : reaches ? 'ok' : notFound,
    remove: nothing ? forbidden : !any ? notAuthorized : reaches ? 'ok' : notFound
  }
}

onEachStore('16 sets of permissions × own and foreign × 2 types × 8 endpoints', async (t, newStore) => {
  const store = newStore()
  const history = new MemoryHistory()
  // The callers' integrations are made while they may do everything.
  const all = callers.map((caller) => ({ ...caller, permissions }))
  const setUp = await startClient(t, { store, history, ...workspace(...all) })
  const client = await startClient(t, { store, history, ...workspace(...callers) })

  const answerOf = (reply: Reply): Answer => {
    const { success, error }: { success?: boolean, error?: string } = JSON.parse(reply.text)
    return success === true ? 'ok' : error ?? ''
  }

  for (const caller of callers) {
    for (const body of [incomingBody, outgoingBody]) {
      const direction = body.type === 'webhook-incoming' ? 'incoming' : 'outgoing'
      for (const own of [true, false]) {
        const made = await setUp.create({ ...body, username: caller.username, channel: `@${caller.username}` }, own ? caller : members.admin)
        const { integration: { _id: integrationId } }: { integration: { _id: string } } = JSON.parse(made.text)

        history.append(entryOf(integrationId, 'entry'), patient)

        const list = await client.query('list', { type: body.type, count: '100' }, caller)
        const listed = answerOf(list) === 'ok' ? (list.text.includes(integrationId) ? 'listed' : 'not listed') : answerOf(list)
        const page = await client.query('history', { id: integrationId }, caller)
        const actual = {
          create: answerOf(await client.create({ ...body, username: caller.username, channel: `@${caller.username}` }, caller)),
          list: listed,
          get: answerOf(await client.query('get', { integrationId }, caller)),
          history: answerOf(page) === 'ok' ? (page.text.includes('"entry"') ? 'listed' : 'not listed') : answerOf(page),
          update: answerOf(await client.send('update', { type: body.type, integrationId, enabled: true }, caller)),
          regenerateToken: answerOf(await client.send('regenerateToken', { integrationId }, caller)),
          clearHistory: answerOf(await client.send('clearHistory', { integrationId }, caller)),
          remove: answerOf(await client.send('remove', { type: body.type, integrationId }, caller))
        }
        t.strictSame(actual, expected(caller, direction, own), `[${caller.permissions.join(' ')}] ${body.type} ${own ? 'own' : 'foreign'}`)
        t.equal(history.list(integrationId, { offset: 0, count: 1 }).total, [actual.clearHistory, actual.remove].includes('ok') ? 0 : 1, 'the history is there unless it was cleared')
      }
    }
  }
})
