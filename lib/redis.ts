export { RedisStore, type RedisStoreOptions } from './stores/redis.ts'
export type { RedisClient } from './stores/redis-client-state.ts'
