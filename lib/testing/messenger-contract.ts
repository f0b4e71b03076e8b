import assert from 'node:assert/strict'
import type { User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { Room } from '../ports/directory.ts'
import type { BotMark, Messenger, OutboundMessage, PostRequest, PostTarget } from '../ports/messenger.ts'
import { answerTo } from './answer-to.ts'
import { type Cases, type ContractOptions, registerCases } from './contract.ts'
import { patient } from './samples.ts'

/** A message as the host reads it from its chat. */
export interface MessageRead {
  readonly _id: string
  /** The `_id` of the account that posted the message. */
  readonly userId: string
  readonly text: string
  /** The mark that came with the message, as the host gives it to `emit`; absent when there was none. */
  readonly bot?: BotMark | undefined
}

/** A post that the rules of the host forbid. The parts that are absent are those of a post that is allowed. */
export interface ForbiddenPost {
  /** The account that posts. */
  readonly as?: User
  /** Where the message goes. */
  readonly to?: PostTarget
  /** The text of the message. */
  readonly text?: string
  /** The code of the refusal, as the sender reads it. */
  readonly refusal: string
}

/** A messenger with samples of its host, as the suite `messengerContract` is given it. */
export interface MessengerUnderTest {
  readonly messenger: Messenger
  /** An account that may post into `room`, and into a direct conversation with `partner`. */
  readonly as: User
  /** A room. It may have messages. */
  readonly room: Room
  /** A user. There is no direct conversation of `as` with this user yet. */
  readonly partner: User
  /** At least one: a room that was removed, a room that `as` may not write into, a text that is too long… */
  readonly forbidden: readonly ForbiddenPost[]
  /**
   * Reads the messages of a room, or those of the direct conversation of `as`
   * with a user: in any order, and none when there is no such conversation.
   */
  readonly messagesIn: (target: PostTarget) => Awaitable<readonly MessageRead[]>
}

/** How the suite `messengerContract` makes messengers and registers its cases. */
export interface MessengerContractOptions extends ContractOptions<MessengerUnderTest> {
  /**
   * Whether the host remembers `deliveryId` and posts nothing twice. With
   * false, the case about it is not registered.
   *
   * @defaultValue `false`
   */
  readonly remembersDeliveries?: boolean
}

/** A messenger posts what it is given, where it is told, under the account that it is told, or refuses. */
const messengerCases: Cases<MessengerUnderTest> = {
  async 'a message is posted once, with its text, under the account that posts' (create) {
    const subject = await create()
    const { as, room } = subject
    const text = 'Disk *full* on `db-1`\nnaïve 日本語 👩‍👩‍👧'
    // The name that is displayed is that of another user.
    const request = requestOf(subject, { message: { text, alias: subject.partner.username } })
    const before = await subject.messagesIn({ room })
    const _id = await post(subject, request)
    const added = await addedIn(subject, { room }, before)
    assert.deepEqual(added.map(({ bot, ...message }) => message), [{ _id, userId: as._id, text }])
  },

  async 'the bot mark is kept with the message' (create) {
    const subject = await create()
    const before = await subject.messagesIn({ room: subject.room })
    await post(subject, requestOf(subject))
    const [message] = await addedIn(subject, { room: subject.room }, before)
    assert.deepEqual({ ...message?.bot }, { i: requestOf(subject).integration._id })
  },

  async 'a message with every field is posted' (create) {
    const subject = await create()
    const { room } = subject
    const threadId = await post(subject, requestOf(subject))
    const before = await subject.messagesIn({ room })
    const _id = await post(subject, requestOf(subject, { message: { ...everyMessageField, threadId } }))
    assert.deepEqual((await addedIn(subject, { room }, before)).map((message) => message._id), [_id])
  },

  async 'a message without text is posted when it has attachments' (create) {
    const subject = await create()
    const { attachments } = everyMessageField
    const before = await subject.messagesIn({ room: subject.room })
    const _id = await post(subject, requestOf(subject, { message: { text: '', attachments } }))
    assert.deepEqual((await addedIn(subject, { room: subject.room }, before)).map((message) => message._id), [_id])
  },

  async 'the request is not changed' (create) {
    const subject = await create()
    const request = requestOf(subject, { message: everyMessageField })
    const before = structuredClone(request)
    await post(subject, request)
    assert.deepEqual(request, before)
  },

  async 'messages that come together are all posted' (create) {
    const subject = await create()
    const { room } = subject
    const before = await subject.messagesIn({ room })
    const ids = await Promise.all(Array.from({ length: 20 }, async (_, number) =>
      await post(subject, requestOf(subject, { message: { text: `Message ${number}` } }))))
    assert.equal(new Set(ids).size, 20, 'each message has an _id of its own')
    const added = await addedIn(subject, { room }, before)
    assert.deepEqual(textsOf(added), Array.from({ length: 20 }, (_, number) => `Message ${number}`).sort())
  },

  async 'the first message to a user makes the direct conversation' (create) {
    const subject = await create()
    const { as, partner } = subject
    const to = { user: partner }
    assert.deepEqual(await subject.messagesIn(to), [], 'there is no direct conversation yet')
    const _id = await post(subject, requestOf(subject, { to, message: { text: 'First' } }))
    assert.deepEqual((await subject.messagesIn(to)).map(({ _id, userId }) => ({ _id, userId })), [{ _id, userId: as._id }])
    await post(subject, requestOf(subject, { to, message: { text: 'Second' } }))
    assert.deepEqual(textsOf(await subject.messagesIn(to)), ['First', 'Second'], 'the next message goes there as well')
  },

  async 'messages that come together make one direct conversation' (create) {
    const subject = await create()
    const to = { user: subject.partner }
    await Promise.all(['First', 'Second', 'Third'].map(async (text) =>
      await post(subject, requestOf(subject, { to, message: { text } }))))
    assert.deepEqual(textsOf(await subject.messagesIn(to)), ['First', 'Second', 'Third'])
  },

  async 'check posts nothing, and what it allows is posted' (create) {
    const subject = await create()
    const { room, partner } = subject
    for (const to of [{ room }, { user: partner }]) {
      const before = await subject.messagesIn(to)
      const request = requestOf(subject, { to })
      await check(subject, request)
      assert.deepEqual(await addedIn(subject, to, before), [], 'check posts nothing')
      await post(subject, request)
      assert.equal((await addedIn(subject, to, before)).length, 1, 'post posts one message')
    }
  },

  async 'a forbidden message is refused with its code, by check as well, and is not posted' (create) {
    const subject = await create()
    const { messenger, room, forbidden } = subject
    assert.ok(forbidden.length > 0, 'the host brings an example of a forbidden message')
    const before = await subject.messagesIn({ room })
    for (const { refusal, text, ...parts } of forbidden) {
      const request = requestOf(subject, { ...parts, ...(text !== undefined && { message: { text } }) })
      if (messenger.check !== undefined) await refused(async () => await messenger.check?.(request, patient), `check: ${refusal}`, refusal)
      await refused(async () => await messenger.post(request, patient), `post: ${refusal}`, refusal)
    }
    assert.deepEqual(await addedIn(subject, { room }, before), [], 'no message is posted')
  }
}

/** A host that remembers deliveries posts each of them once. */
const deliveryCases: Cases<MessengerUnderTest> = {
  async 'a delivery that comes again is not posted again' (create) {
    const subject = await create()
    const { room } = subject
    const before = await subject.messagesIn({ room })
    const request = requestOf(subject, { deliveryId: 'delivery-1' })
    const _id = await post(subject, request)
    assert.equal(await post(subject, request), _id, 'the answer is the first one')
    assert.equal((await addedIn(subject, { room }, before)).length, 1)
    await Promise.all([1, 2, 3].map(async () => await post(subject, requestOf(subject, { deliveryId: 'delivery-2' }))))
    assert.equal((await addedIn(subject, { room }, before)).length, 2, 'the same delivery, three times at once, is posted once')
    for (let time = 0; time < 2; time++) await post(subject, requestOf(subject))
    assert.equal((await addedIn(subject, { room }, before)).length, 4, 'a message without a deliveryId is posted each time')
  }
}

/**
 * Registers the cases that every `Messenger` must pass. A case throws an
 * `AssertionError` of `node:assert/strict`.
 *
 * @param options `create` makes a messenger, with samples of its chat.
 */
export function messengerContract ({ remembersDeliveries = false, ...options }: MessengerContractOptions): void {
  registerCases(options, { messenger: messengerCases, ...(remembersDeliveries && { delivery: deliveryCases }) })
}

const everyMessageField = {
  text: 'Disk full',
  alias: 'Monitor',
  avatar: 'https://monitor.example/avatar.png',
  attachments: [
    {
      title: 'db-1',
      title_link: 'https://monitor.example/db-1',
      text: '98 % of 100 GB',
      color: '#ff0000',
      fields: [{ title: 'Since', value: '12:00', short: true }],
      image_url: 'https://monitor.example/graph.png'
    }
  ],
  parseUrls: false,
  groupable: false,
  customFields: { severity: 3, tags: ['disk', null], nested: { team: 'storage' } }
} as const satisfies Partial<OutboundMessage>

/** The parts of a request that differ from those of a simple post into the room. */
interface Parts extends Partial<Pick<PostRequest, 'as' | 'to' | 'deliveryId'>> {
  readonly message?: Partial<OutboundMessage>
}

function requestOf ({ as, room }: MessengerUnderTest, { message, ...parts }: Parts = {}): PostRequest {
  const integration = { _id: '3aazpZ2WzoBP8msi9', name: 'Contract of messengers', type: 'webhook-incoming' } as const
  return {
    as: { _id: as._id, username: as.username },
    to: { room: { _id: room._id } },
    integration,
    ...parts,
    message: { text: 'Hello', parseUrls: true, groupable: false, bot: { i: integration._id }, ...message }
  }
}

/** Posts a message that is allowed, after a check, as the plugin does. Resolves to its `_id`. */
async function post (subject: MessengerUnderTest, request: PostRequest): Promise<string> {
  const { messenger } = subject
  await check(subject, request)
  const { _id } = await answerTo('post of a message that is allowed', () => messenger.post(request, patient))
  assert.ok(typeof _id === 'string' && _id.trim() !== '', 'post answers the _id of the message, a text that is not blank')
  return _id
}

/** Checks a message that is allowed; nothing happens when the messenger has no `check`. */
async function check ({ messenger }: MessengerUnderTest, request: PostRequest): Promise<void> {
  await answerTo('check of a message that is allowed', () => messenger.check?.(request, patient))
}

/** The messages of a room or conversation that were not there before. */
async function addedIn ({ messagesIn }: MessengerUnderTest, target: PostTarget, before: readonly MessageRead[]): Promise<MessageRead[]> {
  const known = new Set(before.map(({ _id }) => _id))
  return (await messagesIn(target)).filter(({ _id }) => !known.has(_id))
}

function textsOf (messages: readonly MessageRead[]): string[] {
  return messages.map(({ text }) => text).sort()
}

/** Makes sure that a call fails with a `PostRefusedError`. A messenger may throw at once or later. */
async function refused (call: () => Promise<unknown>, what: string, refusal: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Error, `${what} throws an Error`)
    // By the code and not by the class: a host may have another copy of this package.
    assert.equal(Reflect.get(error, 'code'), 'FCI_ERR_POST_REFUSED', `${what} throws a PostRefusedError, and not: ${error.message}`)
    assert.equal(Reflect.get(error, 'refusal'), refusal, `the code of ${what}`)
    return true
  }, `${what} throws a PostRefusedError`)
}
