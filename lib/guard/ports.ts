import type { Directory } from '../ports/directory.ts'
import type { HistoryStore } from '../ports/history.ts'
import type { Messenger } from '../ports/messenger.ts'
import type { Sandbox } from '../ports/sandbox.ts'
import type { IntegrationStore } from '../ports/store.ts'
import type { SyntaxCheck } from '../ports/syntax.ts'
import type { AuthPort } from './tables/auth.ts'

/** Every port, under the name that its table uses. */
export interface Ports extends AuthPort {
  readonly directory: Directory
  /** Null when the host gives none: nothing asks a port that is not there. */
  readonly messenger: Messenger | null
  readonly store: IntegrationStore
  readonly history: HistoryStore
  readonly syntax: SyntaxCheck
  readonly sandbox: Pick<Sandbox, 'run' | 'load'>
}
