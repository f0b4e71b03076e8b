import type { Message } from './records.ts'

/** The last messages of one room. An older one is forgotten when a newer one needs its place. */
export class Timeline {
  /** How many messages are kept. */
  static readonly limit = 1000
  // A Map keeps the order of insertion: the first key is the oldest message.
  readonly #messages = new Map<string, Message>()

  get size (): number {
    return this.#messages.size
  }

  find (messageId: string): Message | undefined {
    return this.#messages.get(messageId)
  }

  add (message: Message): void {
    this.#messages.set(message._id, message)
    if (this.#messages.size > Timeline.limit) this.#messages.delete(this.#messages.keys().next().value ?? '')
  }

  /** Puts a message in the place of its earlier state. */
  replace (message: Message): void {
    this.#messages.set(message._id, message)
  }

  /** `count` messages, newest first, after the first `offset`. */
  newest (offset: number, count: number): Message[] {
    return [...this.#messages.values()].reverse().slice(offset, offset + count)
  }
}
