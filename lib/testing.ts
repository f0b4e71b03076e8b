export { storeContract, type StoreContractOptions } from './testing/store-contract.ts'
export type { StoreUnderTest } from './testing/store-under-test.ts'
