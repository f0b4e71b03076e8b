import fc from 'fast-check'
import { test } from 'tap'
import { type Trigger, triggerOf } from '../../../../lib/outgoing/index/trigger.ts'
import { WordIndex } from '../../../../lib/outgoing/index/word-index.ts'
import { Turns } from '../../../../lib/outgoing/turns.ts'
import { outgoingRecord } from '../../../support/integrations.ts'

function triggerWith (triggerWords: readonly string[], triggerWordAnywhere: boolean): Trigger {
  const trigger = triggerOf(outgoingRecord({ enabled: true, triggerWords: [...triggerWords], triggerWordAnywhere }))
  if (trigger === undefined) throw new Error('it is switched on')
  return trigger
}

test('finds the words of a text that are left after changes', async (t) => {
  const unit = fc.constantFrom('a', 'b', '\uD83D', '\uDE00')
  const text = fc.array(unit, { maxLength: 30 }).map((units) => units.join(''))
  const word = fc.array(unit, { minLength: 1, maxLength: 9 }).map((units) => units.join(''))
  const trigger = fc.tuple(fc.array(word, { maxLength: 4 }), fc.boolean()).map(([words, isAnywhere]) => triggerWith(words, isAnywhere))
  let found = 0
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(trigger, fc.boolean()), { minLength: 10, maxLength: 30 }), text, async (triggers, text) => {
    const index = new WordIndex()
    for (const [trigger] of triggers) index.add(trigger)
    for (const [trigger, isRemoved] of triggers) {
      if (!isRemoved) continue
      index.delete(trigger)
      // Nothing is left to delete.
      index.delete(trigger)
    }
    const left = triggers.flatMap(([trigger, isRemoved]) => (isRemoved ? [] : [trigger]))
    const words = await index.find(text, new Turns().begin())
    const fitting = left.filter(({ words, isAnywhere }) => words.some((word) => (isAnywhere ? text.includes(word) : text.startsWith(word))))
    found += fitting.length
    for (const trigger of left) {
      const first = trigger.words.find((word) => (trigger.isAnywhere ? text.includes(word) : text.startsWith(word)))
      if (words.firstOf(trigger) !== first) return false
    }
    const candidates = [...index.triggersOf(words)]
    return candidates.length === index.count(words) && new Set(candidates).size === fitting.length && fitting.every((trigger) => candidates.includes(trigger))
  }), { numRuns: 500 })
  t.ok(found > 500, `${found} triggers were found`)
})

test('words that are gone are not found', async (t) => {
  const index = new WordIndex()
  const triggers = [triggerWith(['deploy', 'dep', 'status'], true), triggerWith(['deploy', 'd', 'dd'], true), triggerWith(['deploy'], false)]
  for (const trigger of triggers) index.add(trigger)
  for (const trigger of triggers) index.delete(trigger)
  const words = await index.find('deploy the status of dd', new Turns().begin())
  t.equal(words.first.size + words.anywhere.size, 0)
})
