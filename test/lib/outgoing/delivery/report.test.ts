import { test } from 'tap'
import { setImmediate as turn } from 'node:timers/promises'
import { type DeliveryReport, reporter } from '../../../../lib/outgoing/delivery/report.ts'

const report: DeliveryReport = {
  integration: { _id: 'i', name: 'Deploys' }, url: 'https://receiver.example/', event: 'sendMessage', webhookId: 'msg_1', attempt: 1, outcome: 'delivered'
}

test('a host that never answers is told of a thousand attempts, and the log says so once', async (t) => {
  const answers: Array<() => void> = []
  const errors: string[] = []
  const { tell, settled } = reporter(() => new Promise<void>((resolve) => { answers.push(resolve) }), (error) => { errors.push(String(error)) })
  for (let count = 0; count < 1200; count++) tell(report)
  await turn()
  t.equal(answers.length, 1000)
  t.equal(errors.length, 1)
  t.match(errors[0], /1000 calls of onDelivery have not ended/)
  for (const answer of answers.splice(0)) answer()
  await settled()
  for (let count = 0; count < 1200; count++) tell(report)
  await turn()
  t.equal(answers.length, 1000, 'it is told again')
  t.equal(errors.length, 2, 'once each time')
})

test('a host that throws or rejects delays nothing', async (t) => {
  const errors: unknown[] = []
  const { tell, settled } = reporter(({ attempt }) => {
    if (attempt === 1) throw new Error('thrown')
    return Promise.reject(new Error('rejected'))
  }, (error) => { errors.push(error) })
  tell(report)
  tell({ ...report, attempt: 2 })
  t.strictSame(errors, [], 'the host is called later')
  await settled()
  t.match(errors, [{ message: 'thrown' }, { message: 'rejected' }])
})
