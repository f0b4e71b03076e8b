export { RedisStore, type RedisStoreOptions } from './stores/redis/store.ts'
export type { RedisClient } from './stores/redis/client-state.ts'
