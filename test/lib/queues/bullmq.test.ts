import { test } from 'tap'
import { BullmqQueue } from '../../../lib/bullmq.ts'
import { queueContract } from '../../contracts/queue.ts'
import { redisClient, redisServer } from '../../support/redis-client.ts'

let workspaces = 0

test('BullmqQueue keeps the contract of queues', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  await queueContract(t, (opened) => {
    const keyPrefix = `workspace-${workspaces++}`
    return {
      queue: opened(new BullmqQueue({ redis, keyPrefix })),
      reopen: () => opened(new BullmqQueue({ redis, keyPrefix })),
      otherWorkspace: () => opened(new BullmqQueue({ redis, keyPrefix: `${keyPrefix}-other` }))
    }
  })
  t.ok(workspaces > 0)
})
