import { test } from 'tap'
import { historyRecorder, type HistoryRecorder } from '../../../lib/history/recorder.ts'
import type { HistoryStore } from '../../../lib/ports/history.ts'
import { loggable } from '../../../lib/routes/loggable.ts'
import { MemoryHistory } from '../../../lib/stores/memory/history.ts'
import { ample } from '../../support/calls.ts'
import { entryOf } from '../../support/history.ts'

const all = { offset: 0, count: 100 }

interface Logged {
  readonly facts: object
  readonly message: string
}

function recorderOf (history: HistoryStore | null): { recorder: HistoryRecorder, lines: Logged[] } {
  const lines: Logged[] = []
  return {
    recorder: historyRecorder({ history, timeout: ample, loggable, log: { warn (facts, message) { lines.push({ facts, message }) } } }),
    lines
  }
}

test('records without secrets, and forgets what was removed', async (t) => {
  const history = new MemoryHistory()
  const { recorder, lines } = recorderOf(history)
  const { record, forget } = recorder
  for (const _id of ['1', '2']) record({ ...entryOf('a', _id), data: { token: 'a-secret-token', text: 'hello' } }, ['a-secret-token'])
  t.strictSame(history.list('a', all).entries[0], entryOf('a', '2', { data: { token: '***', text: 'hello' } }))
  forget('a')
  await recorder.settled()
  t.equal(history.list('a', all).total, 0)
  t.strictSame(lines, [])
})

test('does nothing when nothing is to be remembered', async (t) => {
  const { recorder: { record, forget, settled }, lines } = recorderOf(null)
  record(entryOf('a', '1'), [])
  forget('a')
  await settled()
  t.strictSame(lines, [])
})

test('a history that is away is one line in the log, without what was to be remembered', async (t) => {
  const fail = (): never => { throw Object.assign(new Error('away'), { command: { args: ['SECRET'] } }) }
  const { recorder: { record, forget, settled }, lines } = recorderOf({ append: fail, clear: fail, list: fail, get: fail })
  for (let number = 0; number < 100; number++) record({ ...entryOf('a', String(number)), data: 'SECRET' }, [])
  forget('a')
  await settled()
  t.strictSame(lines.map(({ message }) => message), [
    'the history does not remember entries; entries are lost until it does', 'the history of a removed integration was not cleared'
  ])
  t.match(lines, [{ facts: { err: { message: 'away' } } }, { facts: { integrationId: 'a', err: { message: 'away' } } }])
  for (const { facts } of lines) t.notMatch(Object.values(facts).flatMap((value) => Object.keys(Object(value))), ['command'])
})
