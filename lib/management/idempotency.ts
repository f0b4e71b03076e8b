import { hash } from 'node:crypto'
import { nanoid } from 'nanoid'
import type { IntegrationView } from '../../schemas/index.ts'
import { IntegrationError, invalidParams } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import type { IdempotencyClaim, IdempotencyRecord } from '../ports/store.ts'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import type { Draft } from './draft/normalize.ts'
import type { Rules } from './rules.ts'

/** The integration that a request created or recalled. */
export interface Created {
  readonly integration: IntegrationView
  /** Whether an earlier request with the same idempotency key created the integration. */
  readonly replayed: boolean
}

/** A create request that a client may send twice. */
export interface OnceRequest {
  readonly caller: User
  /** The idempotency key as the caller sent it. */
  readonly key: string
  readonly draft: Draft
}

/** The two ways to get the integration. */
export interface CreateOnce {
  /** Creates the integration: inserts it with the claim and notes its `_id` as the answer. */
  readonly create: (claim: IdempotencyClaim) => Promise<IntegrationView>
  /** Finds the integration that an earlier request created, by the answer that was noted. */
  readonly recall: (id: string) => Promise<IntegrationView>
}

/**
 * Runs a create at most once for each key of a caller: a request that is sent
 * again gets the integration that the first request created, in its present
 * state. A create that fails releases the key.
 *
 * @throws IntegrationError `invalid-params`, `error-idempotency-key-reused`,
 *   `error-idempotency-key-in-use`, or what `create` or `recall` throws.
 */
export async function createOnce (
  calls: Calls, rules: Pick<Rules, 'idempotencyTtl'>, { caller, key, draft }: OnceRequest,
  { create, recall }: CreateOnce
): Promise<Created> {
  requireKey(key)
  const claim: IdempotencyClaim = {
    // JSON keeps the two texts apart, and halves of surrogate pairs, which are all the same in UTF-8.
    key: hash('sha256', JSON.stringify([caller._id, key]), 'base64url'),
    fingerprint: hash('sha256', JSON.stringify(draft), 'base64url'),
    token: nanoid(),
    lapsesAfter: calls.timeout,
    keptFor: rules.idempotencyTtl
  }
  let earlier: IdempotencyRecord | null
  try {
    earlier = await calls.ask(store.claim, claim)
    if (earlier === null) return { integration: await create(claim), replayed: false }
  } catch (error) {
    await giveUp(calls, claim)
    throw error
  }
  if (earlier.fingerprint !== claim.fingerprint) throw new IntegrationError('error-idempotency-key-reused')
  if (earlier.answer === null) throw new IntegrationError('error-idempotency-key-in-use')
  return { integration: await recall(earlier.answer), replayed: true }
}

/** If the release fails as well, the claim lapses by itself. */
async function giveUp (calls: Calls, claim: IdempotencyClaim): Promise<void> {
  try {
    await calls.afresh().ask(store.release, claim)
  } catch {
    // The request has failed already. Its own error is more useful than this one.
  }
}

/** A host in plain JavaScript may pass any value of a header. */
function requireKey (key: unknown): void {
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return
  throw invalidParams([{ path: '', message: 'The header Idempotency-Key must be 1 to 255 visible ASCII characters' }])
}
