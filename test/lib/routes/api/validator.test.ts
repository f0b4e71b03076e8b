import { test } from 'tap'
import { validateWith } from '../../../../lib/routes/api/validator.ts'

test('what the function returns is the body, what it throws is the error', (t) => {
  const mistake = new Error('mistake')
  t.strictSame(validateWith((body) => ({ body }))()(5), { value: { body: 5 } })
  t.strictSame(validateWith(() => { throw mistake })()(5), { error: mistake })
  const thrown: unknown = 'no error'
  t.match(validateWith(() => { throw thrown })()(5), { error: { message: 'something that is no Error was thrown', cause: 'no error' } })
  t.end()
})
