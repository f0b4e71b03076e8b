import { PostRefusedError } from '../../errors/refusals.ts'
import type { Messenger, PostedMessage } from '../../ports/messenger.ts'
import { type Answer, misfit, nothing, propertyOf, textOf } from '../answer.ts'
import { methodsOf, type PortTable } from '../table.ts'

const posted: Answer<PostedMessage> = {
  read (answer) {
    const _id = textOf(answer, '_id')
    return _id === undefined ? undefined : { value: { _id } }
  },
  must: (answer) => `the _id of the posted message; ${misfit(answer, ['_id'])}`
}

/** A refusal is told by its code: the host may have another copy of this package. */
function refusal (thrown: unknown): PostRefusedError | undefined {
  if (thrown instanceof PostRefusedError) return thrown
  if (propertyOf(thrown, 'code') !== 'FCI_ERR_POST_REFUSED') return undefined
  return new PostRefusedError(textOf(thrown, 'refusal') ?? '', { cause: thrown })
}

/** A messenger with the method that it may leave out. */
type AskedMessenger = Pick<Required<Messenger>, 'post' | 'check'>

const method = methodsOf<AskedMessenger>('messenger', refusal)
const check = method('check', nothing)

/** The table of the port `messenger`. */
export const messenger = {
  post: method('post', posted),
  check: {
    ...check,
    // A messenger without this method refuses nothing beforehand.
    invoke: (ports, input, call) =>
      propertyOf(propertyOf(ports, 'messenger'), 'check') === undefined ? undefined : check.invoke(ports, input, call)
  }
} satisfies PortTable<AskedMessenger>
