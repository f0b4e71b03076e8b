import { setImmediate as turn } from 'node:timers/promises'
import { type Messenger, PostRefusedError, type PostRequest, type PostTarget } from '../../lib/index.ts'

/** The behaviour of a messenger at one destination. */
export type Behaviour =
  /** Refuses with this code. */
  | { readonly refuse: string, readonly cause?: Error }
  /** Throws this. */
  | { readonly fail: unknown }
  /** Answers this instead of the `_id` of a message. */
  | { readonly answer: unknown }
  | 'hang'

/** The behaviours of a messenger, by destination: `#GENERAL`, `@ownerId`. */
export interface Behaviours {
  readonly check?: Readonly<Record<string, Behaviour>>
  readonly post?: Readonly<Record<string, Behaviour>>
  /** Whether the messenger answers in a later turn. */
  readonly later?: boolean
  /** Whether the messenger has no method `check`. */
  readonly withoutCheck?: boolean
}

/** A messenger that keeps what it is asked. */
export interface ChatMessenger extends Messenger {
  /** `check #GENERAL`, `post #GENERAL`, in the order of the calls. */
  readonly asked: string[]
  /** Every request to post, whatever came of it. */
  readonly posts: PostRequest[]
}

/** The destination as one text. */
export function nameOf (to: PostTarget): string {
  return 'room' in to ? `#${to.room._id}` : `@${to.user._id}`
}

/** A messenger whose messages have the ids `message-1`, `message-2` and so on. */
export function chatMessenger ({ check = {}, post = {}, later = false, withoutCheck = false }: Behaviours = {}): ChatMessenger {
  const asked: string[] = []
  const posts: PostRequest[] = []
  let messages = 0
  const answer = (behaviour: Behaviour | undefined): unknown => {
    if (behaviour === undefined) return { _id: `message-${++messages}` }
    if (behaviour === 'hang') return new Promise(() => {})
    if ('refuse' in behaviour) throw new PostRefusedError(behaviour.refuse, behaviour.cause && { cause: behaviour.cause })
    if ('fail' in behaviour) throw behaviour.fail
    return behaviour.answer
  }
  // The answers of a messenger in plain JavaScript: of any form.
  const give = (behaviour: Behaviour | undefined): never => {
    const given: unknown = later ? turn().then(() => answer(behaviour)) : answer(behaviour)
    return given as never
  }
  return {
    asked,
    posts,
    post (request) {
      asked.push(`post ${nameOf(request.to)}`)
      posts.push(request)
      return give(post[nameOf(request.to)])
    },
    ...(!withoutCheck && {
      check ({ to }: PostRequest) {
        asked.push(`check ${nameOf(to)}`)
        return give(check[nameOf(to)] ?? { answer: undefined })
      }
    })
  }
}
