import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'tap'
import { triggerOf } from '../../../../lib/outgoing/index/trigger.ts'
import { TriggerIndex } from '../../../../lib/outgoing/index/trigger-index.ts'
import { eventNames } from '../../../../schemas/index.ts'
import { outgoingRecord } from '../../../support/integrations.ts'

function usedMemory (): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

function change (index: TriggerIndex, round: number, count: number): void {
  for (let number = 0; number < count; number++) {
    const unique = `${round}-${number}`
    const trigger = triggerOf(outgoingRecord({
      _id: `i${number}`,
      enabled: true,
      event: (number % 3 === 0 ? eventNames[(round + number) % eventNames.length] : undefined) ?? 'sendMessage',
      channel: [`#${unique}`, `@${unique}`],
      ...(number % 2 === 0 && { channelIds: [`#id-${unique}`, `@id-${unique}`] }),
      // One that begins like no other word.
      triggerWords: [`${unique}!`, `${String.fromCharCode(0x1000 + round, 0x1000 + number)}...`],
      triggerWordAnywhere: round % 2 === 0,
      runOnEdits: round % 3 === 0
    }))
    if (trigger !== undefined) index.put(trigger)
  }
}

test('keeps nothing of earlier states', (t) => {
  const index = new TriggerIndex()
  const count = 2000
  for (let round = 0; round < 14; round++) change(index, round, count)
  const before = usedMemory()
  for (let round = 14; round < 70; round++) change(index, round, count)
  const grown = usedMemory() - before
  t.equal(index.size, count)
  // What 56 earlier states of each integration would take is more than ten times as much.
  t.ok(grown < 4 * 1024 * 1024, `${grown} bytes more`)
  for (let number = 0; number < count; number++) index.remove(`i${number}`)
  t.equal(index.size, 0)
  t.end()
})
