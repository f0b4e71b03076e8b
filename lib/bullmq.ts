export { BullmqQueue, type BullmqQueueOptions } from './queues/bullmq.ts'
export type { RedisClient } from './base/redis/client-state.ts'
