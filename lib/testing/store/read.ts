import assert from 'node:assert/strict'
import type { Integration } from '../../../schemas/index.ts'
import type { IntegrationStore, StoredIntegration } from '../../ports/store.ts'
import { patient } from '../samples.ts'

/** The integration with this `_id` without its revision, or null. */
export async function found (store: IntegrationStore, id: string): Promise<Integration | null> {
  return (await store.find(id, patient))?.integration ?? null
}

/** The stored integration with this `_id`, which must be there. */
export async function held (store: IntegrationStore, id: string): Promise<StoredIntegration> {
  const stored = await store.find(id, patient)
  assert.ok(stored !== null, `find(${JSON.stringify(id)}) answers an integration`)
  return stored
}
