import fc from 'fast-check'
import { test } from 'tap'
import { DueHeap } from '../../../../lib/queues/in-process/due-heap.ts'

test('a heap gives the one that is due first', async (t) => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constant('take' as const))), (steps) => {
    const heap = new DueHeap<{ readonly due: number }>()
    const model: number[] = []
    for (const step of steps) {
      if (step === 'take') {
        if (heap.take()?.due !== model.shift()) return false
      } else {
        heap.add({ due: step })
        model.push(step)
        model.sort((a, b) => a - b)
      }
      if (heap.first?.due !== model[0]) return false
    }
    return true
  }), { numRuns: 500 })
  t.equal(new DueHeap().take(), undefined)
})
