import { test } from 'tap'
import { reportOnce } from '../../../lib/management/report-once.ts'

test('tells of every error once, ten at a time', async (t) => {
  const told: string[] = []
  const report = reportOnce(({ message }) => { told.push(message) })
  const errors = (from: number, to: number): Error[] => Array.from({ length: to - from }, (_, index) => new Error(`${from + index}`))
  report([])
  report(errors(0, 3))
  report(errors(0, 3))
  t.strictSame(told, ['0', '1', '2'])
  for (let list = 0; list < 5; list++) report(errors(0, 25))
  t.strictSame(told, Array.from({ length: 25 }, (_, index) => `${index}`), 'those that were too many are told with the next lists')
})

test('remembers a thousand', async (t) => {
  const told: string[] = []
  const report = reportOnce(({ message }) => { told.push(message) })
  for (let index = 0; index < 1001; index++) report([new Error(`${index}`)])
  t.equal(told.length, 1001)
  report([new Error('1'), new Error('1000')])
  t.equal(told.length, 1001)
  report([new Error('0')])
  t.strictSame(told.slice(1001), ['0'], 'the oldest one was forgotten')
})
