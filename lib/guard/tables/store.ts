import type { Integration } from '../../../schemas/index.ts'
import { RecordDamagedError, RecordNotDecryptedError, RecordTooNewError } from '../../errors/index.ts'
import type {
  IdempotencyRecord, IntegrationStore, ListPage, StoredIntegration
} from '../../ports/store.ts'
import { type Answer, isCount, misfit, nothing, oneOf, orNull, propertyOf, textOf, trueOrFalse } from '../answer.ts'
import { methodsOf, type PortTable } from '../table.ts'
import { integrationFrom, whyNoIntegration } from './integration.ts'

/** The states that a store answered, by the copies that were made of them. */
const answered = new WeakMap<StoredIntegration, unknown>()

const stored: Answer<StoredIntegration> = {
  read (answer) {
    const revision = textOf(answer, 'revision')
    const integration = integrationFrom(propertyOf(answer, 'integration'))
    if (revision === undefined || integration === undefined) return undefined
    const value = { integration, revision }
    answered.set(value, answer)
    return { value }
  },
  must (answer) {
    const why = textOf(answer, 'revision') === undefined
      ? misfit(answer, ['revision'])
      : `of its integration: ${whyNoIntegration(propertyOf(answer, 'integration'))}`
    return `an integration and its revision, or null; ${why}`
  }
}

const idempotencyRecord: Answer<IdempotencyRecord> = {
  read (value) {
    const [fingerprint, answer] = [propertyOf(value, 'fingerprint'), propertyOf(value, 'answer')]
    if (typeof fingerprint !== 'string' || (answer !== null && typeof answer !== 'string')) return undefined
    return { value: { fingerprint, answer } }
  },
  must: () => 'an idempotency record, or null'
}

const page: Answer<ListPage> = {
  read (answer) {
    const [entries, total] = [propertyOf(answer, 'integrations'), propertyOf(answer, 'total')]
    const [fits, unreadable] = [propertyOf(answer, 'fits'), propertyOf(answer, 'unreadable')]
    if (!Array.isArray(entries) || !isCount(total) || (fits !== undefined && !isCount(fits))) return undefined
    const integrations: Integration[] = []
    for (const entry of entries) {
      const integration = integrationFrom(entry)
      if (integration === undefined) return undefined
      integrations.push(integration)
    }
    if (unreadable === undefined) return { value: { integrations, total, ...(fits !== undefined && { fits }) } }
    if (!Array.isArray(unreadable) || !unreadable.every((error) => error instanceof Error)) return undefined
    return { value: { integrations, total, unreadable, ...(fits !== undefined && { fits }) } }
  },
  must (answer) {
    const entries = propertyOf(answer, 'integrations')
    const wrong: unknown = Array.isArray(entries) ? entries.find((entry) => integrationFrom(entry) === undefined) : undefined
    return 'integrations and their total' + (wrong === undefined ? '' : `; of one of them: ${whyNoIntegration(wrong)}`)
  }
}

/** The state as the store answered it: a store may recognise its own object, and would not recognise a copy. */
function asAnswered (state: StoredIntegration): unknown {
  return answered.get(state) ?? state
}

const unreadable = [RecordDamagedError, RecordTooNewError, RecordNotDecryptedError]

/** Waiting does not cure a record that cannot be read: such an error does not count as a failure of the store. */
function recordError (thrown: unknown): Error | undefined {
  return thrown instanceof Error && unreadable.some((RecordError) => thrown instanceof RecordError) ? thrown : undefined
}

const method = methodsOf<IntegrationStore>('store', recordError)

/** The table of the port `store`. */
export const store = {
  insert: method('insert', oneOf(['inserted', 'claim-lost', 'too-many'])),
  claim: method('claim', orNull(idempotencyRecord)),
  settle: method('settle', trueOrFalse),
  release: method('release', nothing),
  find: method('find', orNull(stored)),
  findByTargetUrl: method('findByTargetUrl', orNull(stored)),
  list: method('list', page),
  replace: method('replace', trueOrFalse, ([previous, next]) => [asAnswered(previous), next]),
  remove: method('remove', trueOrFalse, ([previous]) => [asAnswered(previous)])
} satisfies PortTable<IntegrationStore>
