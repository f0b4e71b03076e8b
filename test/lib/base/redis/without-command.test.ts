import { test } from 'tap'
import { withoutCommand } from '../../../../lib/base/redis/without-command.ts'

const command = { name: 'evalsha', args: ['a record'] }

test('the command is taken off, and the rest stays', async (t) => {
  const error = Object.assign(new Error('OOM'), { command, code: 'ECONNRESET' })
  t.equal(withoutCommand(error), error)
  t.strictSame({ ...error }, { code: 'ECONNRESET' })
  t.equal(error.message, 'OOM')
})

test('that of the last node as well', async (t) => {
  const lastNodeError = Object.assign(new Error('READONLY'), { command })
  const error = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError })
  withoutCommand(error)
  t.strictSame({ ...lastNodeError }, {})
  t.equal(error.lastNodeError, lastNodeError)
})

test('what is no error, or a frozen one, is passed on', async (t) => {
  for (const thrown of [undefined, null, 'text', { command }, Object.freeze(Object.assign(new Error('no'), { lastNodeError: null }))]) {
    t.equal(withoutCommand(thrown), thrown)
  }
})
