import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { Outage } from '../../../lib/base/outage.ts'

function outageOf (calm: number): { outage: Outage, told: unknown[] } {
  const told: unknown[] = []
  return { outage: new Outage({ calm, onBegin: (error) => { told.push(error) }, onEnd: (lost) => { told.push(lost) } }), told }
}

test('tells of the begin and of the end, once each', (t) => {
  const { outage, told } = outageOf(0)
  outage.worked()
  t.strictSame(told, [])
  outage.failed(() => 'first', 2)
  outage.failed(() => t.fail('no error is made'))
  t.strictSame(told, ['first'])
  outage.worked()
  outage.worked()
  t.strictSame(told, ['first', 3])
  outage.failed(() => 'third', 0)
  outage.worked()
  t.strictSame(told, ['first', 3, 'third', 0])
  t.end()
})

test('what fails now and then is one outage', async (t) => {
  const { outage, told } = outageOf(300)
  for (let time = 0; time < 5; time++) {
    outage.failed(() => time)
    outage.worked()
  }
  t.strictSame(told, [0])
  await sleep(310)
  outage.worked()
  t.strictSame(told, [0, 5])
})
