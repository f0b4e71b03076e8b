import type { Directory, Room } from '../../ports/directory.ts'
import { type Answer, misfit, orNull, textOf, trueOrFalse } from '../answer.ts'
import { methodsOf, type PortTable } from '../table.ts'
import { user } from './user.ts'

const room: Answer<Room> = {
  read (answer) {
    const _id = textOf(answer, '_id')
    return _id === undefined ? undefined : { value: { _id } }
  },
  must: (answer) => `a room with an _id, or null; ${misfit(answer, ['_id'])}`
}

const method = methodsOf<Directory>('directory')

/** The table of the port `directory`. */
export const directory = {
  findUser: method('findUser', orNull(user)),
  findRoom: method('findRoom', orNull(room)),
  isMember: method('isMember', trueOrFalse)
} satisfies PortTable<Directory>
