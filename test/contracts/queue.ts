import type { Test } from 'tap'
import type { DeliveryQueue } from '../../lib/ports/queue.ts'
import { queueContract as casesForEveryQueue, type QueueUnderTest } from '../../lib/testing.ts'
import { givenUp, patient } from '../support/integrations.ts'
import { newJob } from '../support/jobs.ts'
import { passesAtOnce } from '../support/run-contract.ts'

/** Makes queues. The second argument of `create` is called with each of them, so that they are closed. */
export type CreateQueue = (opened: <Q extends DeliveryQueue>(queue: Q) => Q) => QueueUnderTest

/**
 * The contract suite of the package as subtests of `t`, and what our own queues
 * do besides. Resolves when all subtests have run.
 *
 * @param create makes an empty queue. Each subtest calls this function once.
 */
export async function queueContract (t: Test, create: CreateQueue): Promise<void> {
  const opened: DeliveryQueue[] = []
  t.teardown(async () => {
    for (const queue of opened) await queue.close(givenUp)
  })
  const make = (): QueueUnderTest => create((queue) => {
    opened.push(queue)
    return queue
  })
  // At once: most of their time is waiting.
  await t.test('the suite of the package', (t) => passesAtOnce(t, casesForEveryQueue, make))

  await t.test('says why it adds nothing', async (t) => {
    const { queue } = make()
    const add = async (call = patient): Promise<void> => { await queue.add([newJob(queue.keyPrefix)], call) }
    await t.rejects(add(givenUp), { code: 'FCI_ERR_QUEUE_UNAVAILABLE', message: /nobody waits/ })
    await queue.close(patient)
    await t.rejects(add(), { code: 'FCI_ERR_QUEUE_UNAVAILABLE', message: /it is closed/ })
    await t.rejects(async () => { await queue.process(() => 'done', patient) }, { code: 'FCI_ERR_QUEUE_UNAVAILABLE', message: /it is closed/ })
  })

  await t.test('says that it has a handler already', async (t) => {
    const { queue } = make()
    await queue.process(() => 'done', patient)
    await t.rejects(async () => { await queue.process(() => 'done', patient) }, { code: 'FCI_ERR_QUEUE_UNAVAILABLE', message: /a queue of its own/ })
  })
}
