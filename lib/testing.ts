export { authContract, type Account, type AuthUnderTest, type RequestHeaders } from './testing/auth-contract.ts'
export type { ContractOptions, RegisterTest } from './testing/contract.ts'
export { directoryContract, type DirectoryUnderTest, type NamedRoom } from './testing/directory-contract.ts'
export { followContract } from './testing/follow-contract.ts'
export { historyContract, type HistoryContractOptions } from './testing/history-contract.ts'
export type { CreateBounded } from './testing/history/bounds-cases.ts'
export type { BoundsUnderTest, HistoryUnderTest } from './testing/history/history-under-test.ts'
export {
  type ForbiddenPost, type MessageRead, messengerContract, type MessengerContractOptions, type MessengerUnderTest
} from './testing/messenger-contract.ts'
export { type Holder, permissionContract, type PermissionUnderTest } from './testing/permission-contract.ts'
export { sandboxContract } from './testing/sandbox-contract.ts'
export { storeContract } from './testing/store-contract.ts'
export type { StoreUnderTest } from './testing/store/store-under-test.ts'
