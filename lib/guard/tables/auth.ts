import type { Authenticate, HasPermission } from '../../ports/auth.ts'
import { orNull, trueOrFalse } from '../answer.ts'
import { methodsOf, type PortTable } from '../table.ts'
import { user } from './user.ts'

/** The two functions that are options themselves. */
export interface AuthPort {
  readonly authenticate: Authenticate
  readonly hasPermission: HasPermission
}

const method = methodsOf<AuthPort>()

/** The table of `authenticate` and `hasPermission`. */
export const auth = {
  authenticate: method('authenticate', orNull(user)),
  hasPermission: method('hasPermission', trueOrFalse)
} satisfies PortTable<AuthPort>
