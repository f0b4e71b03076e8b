import { test } from 'tap'
import { loggable } from '../../../lib/routes/loggable.ts'

test('message, stack, code and causes stay; every other property goes', (t) => {
  const cause = Object.assign(new Error('inner'), { command: { args: ['secret'] }, code: 'INNER' })
  const error = Object.assign(new Error('outer', { cause }), { parameters: ['secret'], code: 5 })
  const copy = loggable(error)
  t.equal(copy.message, 'outer')
  t.equal(copy.stack, error.stack)
  t.match(copy.cause, { message: 'inner', code: 'INNER' })
  t.notOk('parameters' in copy || 'code' in copy)
  t.notOk('command' in Object(copy.cause))
  t.end()
})

test('whatever else is thrown is named by its kind only', (t) => {
  for (const thrown of ['secret', { token: 'secret' }, null, undefined, 5]) {
    t.match(loggable(thrown).message, /^something that is no Error was thrown \(\w+\)$/)
  }
  t.end()
})

test('causes that lead in a circle end', (t) => {
  const error = new Error('circle')
  error.cause = error
  t.equal(loggable(error).message, 'circle')
  t.end()
})

test('an error without a stack', (t) => {
  const error = new Error('bare')
  Reflect.deleteProperty(error, 'stack')
  t.equal(loggable(error).message, 'bare')
  t.end()
})
