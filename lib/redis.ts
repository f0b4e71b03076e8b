export { RedisStore, type RedisStoreOptions } from './stores/redis/store.ts'
export { RedisHistory, type RedisHistoryOptions } from './stores/redis/history.ts'
export type { RedisClient } from './base/redis/client-state.ts'
