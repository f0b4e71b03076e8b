import type { Test } from 'tap'
import { incomingBody, outgoingBody } from '../../support/bodies.ts'
import { type Client, type Reply, startClient } from '../../support/client.ts'
import { refused } from '../../support/expect.ts'
import { integrationOf, patient } from '../../support/integrations.ts'
import { onEachStore } from '../../support/stores.ts'
import { credentials, members } from '../../support/workspace.ts'

const { admin, owner } = members
const incoming = { ...incomingBody, username: owner.username }
const outgoing = { ...outgoingBody, username: owner.username }

async function create (client: Client, body: unknown, user: { _id: string }, key?: string): Promise<Reply> {
  return await client.post(JSON.stringify(body), {
    ...credentials(user), 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key })
  })
}

function tooMany (t: Test, reply: Reply, limit: number, name: string): void {
  refused(t, reply, 'error-too-many-integrations', 'You have as many integrations of this type as one user may have', { limit }, name)
}

onEachStore('a caller with its own integrations only has no more than it may have', async (t, newStore) => {
  const client = await startClient(t, { store: newStore(), maxIntegrationsPerCreator: 3 })
  const kept: string[] = []
  for (const body of [incoming, outgoing]) {
    const replies = await Promise.all(Array.from({ length: 12 }, async () => await create(client, body, owner)))
    t.equal(replies.filter(({ status }) => status === 200).length, 3, 'of each direction')
    for (const reply of replies) {
      if (reply.status === 200) kept.push(integrationOf(reply.body)._id)
      else tooMany(t, reply, 3, body.type)
    }
  }
  for (let index = 0; index < 5; index++) t.equal((await create(client, incoming, admin)).status, 200, 'others have no limit')

  t.comment('a refused create gives its key back')
  tooMany(t, await create(client, incoming, owner, 'key'), 3, 'with a key')
  await client.send('remove', { type: 'webhook-incoming', integrationId: kept[0] })
  const reply = await create(client, incoming, owner, 'key')
  t.equal(reply.status, 200)
  t.notOk(reply.headers.has('idempotent-replayed'))
  tooMany(t, await create(client, incoming, owner), 3, 'full again')
  t.equal((await create(client, incoming, owner, 'key')).text, reply.text, 'what is there is answered again all the same')
})

onEachStore('100 by default', async (t, newStore) => {
  const client = await startClient(t, { store: newStore() })
  const replies = await Promise.all(Array.from({ length: 103 }, async () => await create(client, incoming, owner)))
  t.equal(replies.filter(({ status }) => status === 200).length, 100)
  for (const reply of replies) if (reply.status !== 200) tooMany(t, reply, 100, 'the rest')
})

onEachStore('a create that is sent again shows no more than the caller may see now', async (t, newStore) => {
  const store = newStore()
  const client = await startClient(t, { store })
  const first = await create(client, incoming, owner, 'moved')
  const { _id } = integrationOf(first.body)
  t.equal((await create(client, incoming, owner, 'moved')).text, first.text)
  const read = await store.find(_id, patient)
  if (read === null) throw new Error('it is there')
  // Somebody who can write to the database gives it to another creator.
  await store.remove(read, patient)
  await store.insert({ ...read.integration, _createdBy: { _id: admin._id, username: admin.username } }, {}, patient)
  const again = await create(client, incoming, owner, 'moved')
  t.equal(again.status, 400)
  t.strictSame(again.body, { success: false, error: 'No integration found.' })
})
