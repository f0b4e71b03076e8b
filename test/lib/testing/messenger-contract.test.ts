import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import type { User } from '../../../lib/index.ts'
import { PostRefusedError } from '../../../lib/errors/refusals.ts'
import type { Messenger, PostedMessage, PostRequest, PostTarget } from '../../../lib/ports/messenger.ts'
import { messengerContract, type MessageRead, type MessengerUnderTest } from '../../../lib/testing.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'

const bot = { _id: 'u1', username: 'bot' }
const alice = { _id: 'u2', username: 'alice' }
const general = { _id: 'r1' }

/** A chat with one room, which remembers deliveries. Subclasses make mistakes. */
class SmallChat implements Messenger {
  readonly messages = new Map<string, MessageRead[]>([[general._id, [{ _id: 'older', userId: alice._id, text: 'Hello' }]]])
  readonly deliveries = new Map<string, PostedMessage>()
  count = 0

  check (request: PostRequest): void {
    const { to, message } = request
    if ('room' in to && !this.messages.has(to.room._id)) throw new PostRefusedError('error-invalid-room')
    if (message.text.length > 1000) throw new PostRefusedError('error-message-size-exceeded')
  }

  post (request: PostRequest): PostedMessage | Promise<PostedMessage> {
    const { deliveryId } = request
    const first = deliveryId === undefined ? undefined : this.deliveries.get(deliveryId)
    if (first !== undefined) return first
    this.check(request)
    return this.add(request, this.open(request))
  }

  /** The messages of the room or conversation, which is made when there is none. */
  open ({ as, to }: PostRequest): MessageRead[] {
    const id = this.idOf(as, to)
    const messages = this.messages.get(id) ?? []
    this.messages.set(id, messages)
    return messages
  }

  add (request: PostRequest, messages: MessageRead[]): PostedMessage {
    const posted = { _id: `m${this.count++}` }
    messages.push(this.read(request, posted))
    if (request.deliveryId !== undefined) this.deliveries.set(request.deliveryId, posted)
    return posted
  }

  read ({ as, message: { text, bot } }: PostRequest, { _id }: PostedMessage): MessageRead {
    return { _id, userId: as._id, text, bot }
  }

  idOf (as: User, to: PostTarget): string {
    return 'room' in to ? to.room._id : `${as._id} ${to.user._id}`
  }
}

/** A chat with samples. */
function hosting (Chat: new () => SmallChat): () => MessengerUnderTest {
  return () => {
    const chat = new Chat()
    return {
      messenger: chat,
      as: bot,
      room: general,
      partner: alice,
      forbidden: [
        { to: { room: { _id: 'gone' } }, refusal: 'error-invalid-room' },
        { text: 'x'.repeat(1001), refusal: 'error-message-size-exceeded' }
      ],
      messagesIn: (target) => [...chat.messages.get(chat.idOf(bot, target)) ?? []]
    }
  }
}

const suite: typeof messengerContract = (options) => messengerContract({ ...options, remembersDeliveries: true })

const posted = 'messenger: a message is posted once, with its text, under the account that posts'
const mark = 'messenger: the bot mark is kept with the message'
const full = 'messenger: a message with every field is posted'
const unchanged = 'messenger: the request is not changed'
const together = 'messenger: messages that come together are all posted'
const direct = 'messenger: the first message to a user makes the direct conversation'
const check = 'messenger: check posts nothing, and what it allows is posted'
const forbidden = 'messenger: a forbidden message is refused with its code, by check as well, and is not posted'
const delivery = 'delivery: a delivery that comes again is not posted again'

const mistakes: ReadonlyArray<Mistake<MessengerUnderTest>> = [
  ['the alias chooses the account', hosting(class extends SmallChat {
    override read (request: PostRequest, posted: PostedMessage): MessageRead {
      return { ...super.read(request, posted), ...(request.message.alias === alice.username && { userId: alice._id }) }
    }
  }), posted],
  ['the text is cut at the first line', hosting(class extends SmallChat {
    override read (request: PostRequest, posted: PostedMessage): MessageRead {
      return { ...super.read(request, posted), text: request.message.text.split('\n')[0] ?? '' }
    }
  }), posted],
  ['the message is posted twice', hosting(class extends SmallChat {
    override add (request: PostRequest, messages: MessageRead[]): PostedMessage {
      super.add(request, messages)
      return super.add(request, messages)
    }
  }), posted],
  ['the answer has a blank _id', hosting(class extends SmallChat {
    override add (request: PostRequest, messages: MessageRead[]): PostedMessage {
      return { ...super.add(request, messages), _id: ' ' }
    }
  }), posted],
  ['the mark is dropped', hosting(class extends SmallChat {
    override read (request: PostRequest, posted: PostedMessage): MessageRead {
      const { bot, ...message } = super.read(request, posted)
      return message
    }
  }), mark],
  ['the mark is that of another integration', hosting(class extends SmallChat {
    override read (request: PostRequest, posted: PostedMessage): MessageRead {
      return { ...super.read(request, posted), bot: { i: 'other' } }
    }
  }), mark],
  ['custom fields are refused', hosting(class extends SmallChat {
    override check (request: PostRequest): void {
      if (request.message.customFields !== undefined) throw new PostRefusedError('error-invalid-custom-field')
      super.check(request)
    }
  }), full],
  ['a message in a thread is lost', hosting(class extends SmallChat {
    override open (request: PostRequest): MessageRead[] {
      return request.message.threadId === undefined ? super.open(request) : []
    }
  }), full],
  ['a blank text is refused', hosting(class extends SmallChat {
    override check (request: PostRequest): void {
      if (request.message.text === '') throw new PostRefusedError('error-no-message')
      super.check(request)
    }
  }), 'messenger: a message without text is posted when it has attachments'],
  ['post changes the request', hosting(class extends SmallChat {
    override add (request: PostRequest, messages: MessageRead[]): PostedMessage {
      Object.assign(request.message, { rid: general._id })
      return super.add(request, messages)
    }
  }), unchanged],
  ['check changes the request', hosting(class extends SmallChat {
    override check (request: PostRequest): void {
      super.check(request)
      Reflect.deleteProperty(request.message, 'customFields')
    }
  }), unchanged],
  ['the _id of a message is its time', hosting(class extends SmallChat {
    override add (request: PostRequest, messages: MessageRead[]): PostedMessage {
      return { ...super.add(request, messages), _id: new Date().toISOString().slice(0, 13) }
    }
  }), together],
  ['the messages of a room are read and written in two steps', hosting(class extends SmallChat {
    override async post (request: PostRequest): Promise<PostedMessage> {
      const messages = [...this.open(request)]
      await nextTurn()
      const posted = this.add(request, messages)
      this.messages.set(this.idOf(request.as, request.to), messages)
      return posted
    }
  }), together],
  ['a user must make the direct conversation', hosting(class extends SmallChat {
    override open (request: PostRequest): MessageRead[] {
      if (!this.messages.has(this.idOf(request.as, request.to))) throw new PostRefusedError('error-invalid-room')
      return super.open(request)
    }
  }), direct],
  ['each message to a user makes another conversation', hosting(class extends SmallChat {
    override open (request: PostRequest): MessageRead[] {
      if ('user' in request.to) this.messages.delete(this.idOf(request.as, request.to))
      return super.open(request)
    }
  }), direct],
  ['a conversation is looked for and made in two steps', hosting(class extends SmallChat {
    override async post (request: PostRequest): Promise<PostedMessage> {
      const id = this.idOf(request.as, request.to)
      const known = this.messages.get(id)
      await nextTurn()
      const messages = known ?? []
      this.messages.set(id, messages)
      return this.add(request, messages)
    }
  }), 'messenger: messages that come together make one direct conversation'],
  ['check posts', hosting(class extends SmallChat {
    override check (request: PostRequest): void {
      super.check(request)
      this.add(request, this.open(request))
    }
  }), check],
  ['check knows no direct conversation that is not there yet', hosting(class extends SmallChat {
    override check (request: PostRequest): void {
      if (!this.messages.has(this.idOf(request.as, request.to))) throw new PostRefusedError('error-invalid-room')
    }
  }), check],
  ['check allows everything', hosting(class extends SmallChat {
    override check (): void {}
    override post (request: PostRequest): PostedMessage {
      super.check(request)
      return this.add(request, this.open(request))
    }
  }), forbidden],
  ['post checks nothing', hosting(class extends SmallChat {
    override post (request: PostRequest): PostedMessage {
      return this.add(request, this.open(request))
    }
  }), forbidden],
  ['a refusal is an error like any other', hosting(class extends SmallChat {
    override check (request: PostRequest): void {
      try {
        super.check(request)
      } catch (error) {
        throw new Error('error-invalid-room', { cause: error })
      }
    }
  }), forbidden],
  ['a refusal has another code', hosting(class extends SmallChat {
    override check (request: PostRequest): void {
      try {
        super.check(request)
      } catch {
        throw new PostRefusedError('error-not-allowed')
      }
    }
  }), forbidden],
  ['a message is posted and then refused', hosting(class extends SmallChat {
    override post (request: PostRequest): PostedMessage {
      const posted = this.add(request, this.messages.get(this.idOf(request.as, request.to)) ?? [])
      super.check(request)
      return posted
    }
  }), forbidden],
  ['the host has no example', () => ({ ...hosting(SmallChat)(), forbidden: [] }), forbidden],
  ['deliveries are forgotten', hosting(class extends SmallChat {
    override post (request: PostRequest): PostedMessage {
      return this.add(request, this.open(request))
    }
  }), delivery],
  ['a delivery that comes again has another _id', hosting(class extends SmallChat {
    override post (request: PostRequest): PostedMessage | Promise<PostedMessage> {
      return this.deliveries.has(request.deliveryId ?? '') ? { _id: 'again' } : super.post(request)
    }
  }), delivery],
  ['a delivery is looked for and remembered in two steps', hosting(class extends SmallChat {
    override async post (request: PostRequest): Promise<PostedMessage> {
      const first = this.deliveries.get(request.deliveryId ?? '')
      await nextTurn()
      return first ?? this.add(request, this.open(request))
    }
  }), delivery],
  ['all messages without a deliveryId are one delivery', hosting(class extends SmallChat {
    override post (request: PostRequest): PostedMessage | Promise<PostedMessage> {
      return super.post({ ...request, deliveryId: request.deliveryId ?? 'none' })
    }
  }), delivery]
]

test('a messenger without a mistake passes every case, all at the same time', (t) => passesAtOnce(t, suite, hosting(SmallChat)))

test('a messenger without check passes as well', (t) => passesAtOnce(t, messengerContract, () => {
  const { messenger, ...samples } = hosting(SmallChat)()
  return { messenger: { post: (request, call) => messenger.post(request, call) }, ...samples }
}))

test('the suite of messengers finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, suite, mistakes)
  t.strictSame(casesWithoutMistake(suite, mistakes), [])
})
