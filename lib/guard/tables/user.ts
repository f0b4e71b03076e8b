import type { User } from '../../ports/auth.ts'
import { type Answer, misfit, textOf } from '../answer.ts'

/** A user. The value is a copy: the other properties of the host's object are not looked at. */
export const user: Answer<User> = {
  read (answer) {
    const [_id, username] = [textOf(answer, '_id'), textOf(answer, 'username')]
    return _id === undefined || username === undefined ? undefined : { value: { _id, username } }
  },
  must: (answer) => `a user with an _id and a username, or null; ${misfit(answer, ['_id', 'username'])}`
}
