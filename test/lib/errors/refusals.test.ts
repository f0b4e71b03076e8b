import { test } from 'tap'
import { PostRefusedError, ScriptFailedError } from '../../../lib/errors/refusals.ts'
import { unchecked } from '../../support/unchecked.ts'

test('a refused post carries the code that the sender reads', async (t) => {
  const cause = new Error('the room is read-only')
  const error = new PostRefusedError('room_is_blocked', { cause })
  t.ok(error instanceof Error)
  t.match(error, {
    name: 'PostRefusedError', code: 'FCI_ERR_POST_REFUSED', refusal: 'room_is_blocked', message: 'the message was refused: room_is_blocked', cause
  })
  for (const code of ['', ' ', undefined, null, 5]) t.equal(new PostRefusedError(unchecked(code)).refusal, 'unknown-error')
})

test('a failed script says why', async (t) => {
  const error = new ScriptFailedError('late')
  t.ok(error instanceof Error)
  t.match(error, { name: 'ScriptFailedError', code: 'FCI_ERR_SCRIPT_FAILED', reason: 'late', message: 'the script failed: late', thrown: undefined, console: [] })
  t.notOk('cause' in error)
  const thrown = { name: 'TypeError', message: 'not a function' }
  const cause = new Error('from the worker')
  t.match(new ScriptFailedError('threw', { thrown, console: [{ level: 'log', text: 'before' }], cause }), {
    thrown, console: [{ level: 'log', text: 'before' }], cause
  })
})
