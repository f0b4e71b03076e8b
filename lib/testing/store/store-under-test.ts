import type { Awaitable } from '../../ports/awaitable.ts'
import type { IntegrationStore } from '../../ports/store.ts'
import type { Cases } from '../contract.ts'

/** A store as the suites `storeContract` and `followContract` are given it. */
export interface StoreUnderTest {
  /** An empty store. */
  readonly store: IntegrationStore
  /**
   * Makes a second instance over the same data, as another process has one. A
   * store whose `persistent` is not false must bring it.
   */
  readonly reopen?: () => Awaitable<IntegrationStore>
}

/** Makes an empty store. */
export type CreateStore = () => Awaitable<StoreUnderTest>

/** The cases of one topic of a store. */
export type StoreCases = Cases<StoreUnderTest>

/** Two instances over the same data. A store without a second instance stands for both. */
export async function twoInstances (create: CreateStore): Promise<readonly [IntegrationStore, IntegrationStore]> {
  const { store, reopen = () => store } = await create()
  return [store, await reopen()]
}
