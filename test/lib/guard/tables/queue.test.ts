import { test } from 'tap'
import { queue } from '../../../../lib/guard/tables/queue.ts'
import { patient } from '../../../support/integrations.ts'
import { newJob } from '../../../support/jobs.ts'

const { add } = queue

test('a queue answers nothing, or the ids of the jobs whose lanes are full', async (t) => {
  for (const answer of [undefined, null, { full: [] }]) t.strictSame(add.answer.read(answer), { value: { full: [] } })
  t.strictSame(add.answer.read({ full: ['msg_1', 'msg_2'], more: 5 }), { value: { full: ['msg_1', 'msg_2'] } })
})

test('any other answer is a failure of the queue, and the log says of which kind', async (t) => {
  const wrong: Array<[answer: unknown, kind: string]> = [
    [true, 'the answer is a boolean'], ['done', 'the answer is a text'], [3, 'the answer is a number'], [{}, 'full is undefined'],
    [[], 'full is undefined'], [{ full: 'msg_1' }, 'full is a text'], [{ full: [1] }, 'full is an array'], [{ full: null }, 'full is null']
  ]
  for (const [answer, kind] of wrong) {
    t.equal(add.answer.read(answer), undefined, kind)
    t.equal(add.answer.must(answer), `nothing, or { full } with the ids of the jobs whose lanes are full; ${kind}`)
  }
})

test('the jobs and the call reach the queue of the ports, with its own this', async (t) => {
  const jobs = [newJob('chat-integrations')]
  class Kept {
    readonly calls: unknown[][] = []
    add (...input: unknown[]): void { this.calls.push(input) }
  }
  const port = new Kept()
  add.invoke({ queue: port }, [jobs], patient)
  t.strictSame(port.calls, [[jobs, patient]])
  t.equal(add.label, 'queue.add')
})
