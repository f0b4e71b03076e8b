import { Agent } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Message } from '../../examples/chat/records.ts'
import type { HookMessage } from '../../schemas/hooks/message.ts'
import type { SenderCase } from '../lib/incoming/senders/case.ts'
import { families } from '../lib/incoming/senders/families.ts'
import { isSuccess } from '../lib/incoming/senders/rules.ts'
import { headersOf, people } from '../support/chat.ts'
import { Example } from '../support/example.ts'
import { Hook, messagesIn } from '../support/hook.ts'
import { send, type Sent } from '../support/send.ts'
import { unchecked } from '../support/unchecked.ts'

/** The channels that senders name in their bodies. */
const channels = ['general', 'ops', 'builds', 'net', 'kanban', 'icinga', 'dev', 'town-square', 'alerts']
const ann = { _id: 'u1', username: 'ann', authToken: 'token-of-ann' }

const example = await Example.start(t, 'standalone', {
  WORKSPACE: join(t.testdir({
    'workspace.json': JSON.stringify({
      roles: { admin: ['manage-incoming-integrations'] },
      users: [
        { ...people.admin, authToken: headersOf.admin['X-Auth-Token'], roles: ['admin'] },
        { ...people.bot, roles: [] },
        { ...ann, roles: [] }
      ],
      rooms: channels.map((name) => ({ _id: `id-of-${name}`, name, type: 'c', members: [] }))
    })
  }), 'workspace.json')
})

// Senders keep their connections, so that a request that is left half read disturbs the next one.
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
t.teardown(() => agent.destroy())

/** Sends a request to a hook of its own, so that the mark of a message tells the request. */
async function post (sender: SenderCase): Promise<{ sender: SenderCase, hook: Hook, answer: Sent }> {
  const hook = await Hook.create(example, { overrideDestinationChannelEnabled: true, ...sender.integration })
  const { profile, query, method, headers, body } = sender
  const url = [hook.url, ...profile === undefined ? [] : [`/${profile}`], ...query === undefined ? [] : [`?${query}`]].join('')
  return { sender, hook, answer: await send(url, { method, headers, body, agent }) }
}

/** The messages of all channels and of the direct conversation, by the integration that made them. */
async function messagesByIntegration (): Promise<Map<string, Message[]>> {
  const direct = await fetch(`${example.address}/api/v1/im.messages?count=0&roomId=${[ann._id, people.bot._id].sort().join('')}`, {
    headers: { 'x-user-id': ann._id, 'x-auth-token': ann.authToken }
  })
  const messages = [
    ...(await Promise.all(channels.map(async (name) => await messagesIn(example, name)))).flat(),
    ...unchecked<{ messages: Message[] }>(await direct.json()).messages
  ]
  const byIntegration = new Map<string, Message[]>()
  for (const message of messages) {
    const of = byIntegration.get(message.bot?.i ?? '') ?? []
    byIntegration.set(message.bot?.i ?? '', [...of, message])
  }
  return byIntegration
}

/** A message of the chat with the names of a hook. */
function asHookMessage ({ msg, alias, avatar, emoji, attachments, tmid, parseUrls, groupable, customFields }: Message): object {
  const message = { text: msg, alias, avatar, emoji, attachments, threadId: tmid, parseUrls, groupable, customFields }
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined))
}

function expected (message: Partial<HookMessage>): object {
  return { text: '', parseUrls: message.attachments === undefined, groupable: false, ...message }
}

function assertRefused (t: Test, { refused, profile }: SenderCase, { status, body }: Sent): void {
  t.equal(status, 400, body)
  t.equal(profile, undefined, 'no case of a profile is refused: the answer is that of the default')
  t.match(JSON.parse(body), { success: false, errorType: refused })
}

const posted = await Promise.all(Object.values(families).flat().map(async (sender) => await post(sender)))
const messages = await messagesByIntegration()

for (const { sender, hook, answer } of posted) {
  t.test(sender.product, async (t) => {
    const ofThisHook = messages.get(hook.integration._id) ?? []
    t.strictSame(ofThisHook.map(asHookMessage), sender.message === undefined ? [] : [expected(sender.message)])
    if (sender.message === undefined) assertRefused(t, sender, answer)
    else t.ok(isSuccess(sender.wants, answer), `${sender.wants}: ${answer.status} ${answer.body}`)
  })
}

t.test('every message is one of these', async (t) => {
  t.strictSame([...messages.keys()].filter((id) => !posted.some(({ hook }) => hook.integration._id === id)), [])
  t.strictSame(example.stderr.split('\n').filter((line) => line.includes('"level":50')), [], 'the server logs no error')
})
