import { test } from 'tap'
import * as doors from '../../../lib/index.ts'

test('the classes of errors are classes: a name, a code and a cause of their own', (t) => {
  const classes = Object.entries(doors).filter(([name]) => name.endsWith('Error') && name !== 'IntegrationError')
  t.ok(classes.length >= 10)
  const codes = new Set<unknown>()
  for (const [name, ErrorClass] of classes) {
    if (typeof ErrorClass !== 'function') throw new Error(`${name} is no class`)
    const error: unknown = Reflect.construct(ErrorClass, ['a', 'b'])
    t.ok(error instanceof Error && error instanceof ErrorClass, name)
    t.match(error, { name, code: /^FCI_ERR_[A-Z_]+$/, message: /\w/ })
    t.notOk(Object.keys(Object(error)).includes('name'), 'Node does not print the name twice')
    codes.add(Reflect.get(Object(error), 'code'))
    for (const [other, OtherClass] of classes) {
      if (other !== name && typeof OtherClass === 'function') t.notOk(error instanceof OtherClass, `${name} is no ${other}`)
    }
  }
  t.equal(codes.size, classes.length)
  const cause = new Error('inner')
  t.equal(new doors.AdapterFailedError('store.find', { cause }).cause, cause)
  t.notOk('cause' in new doors.AdapterFailedError('store.find'))
  t.end()
})
