export { RedisStore, type RedisStoreOptions } from './stores/redis.ts'
export { type RedisClient } from './stores/redis-connection.ts'
