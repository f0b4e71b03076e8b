import { test } from 'tap'
import { asThrown } from '../../../lib/sandbox/thrown.ts'

test('only frames of the script are kept', (t) => {
  const frames = [
    '    at run (script:3:11)', '    at script:1:9', '    at forEach (native)', '    at <eval> (script:6:14)', 'class Foo { secret }',
    '    at secret code of the script', '    at a (sandbox:1:1)', '    at <input>:1:2', '    at apply (native)', ''
  ]
  t.strictSame(asThrown('TypeError', 'no', frames.join('\n')), {
    name: 'TypeError', message: 'no', stack: frames.slice(0, 4).join('\n')
  })
  t.strictSame(asThrown('', '', '    at apply (native)\n'), { name: 'Error', message: '' })
  t.end()
})

test('long texts are cut', (t) => {
  const { name, message, stack } = asThrown('n'.repeat(1e5), 'm'.repeat(1e5), '    at f (script:1:1)\n'.repeat(1e5))
  t.strictSame([name.length, message.length, stack?.split('\n').length], [100, 1000, 20])
  t.end()
})

test('a name that scripts of other servers know is answered with what to do', (t) => {
  for (const [name, hint] of [
    ['HTTP', /prepare_outgoing_request/], ['fetch', /prepare_outgoing_request/], ['serverFetch', /prepare_outgoing_request/], ['require', /cannot load/],
    ['_', /Array and Object/], ['moment', /Date/], ['setTimeout', /timers/], ['setInterval', /timers/], ['process', /process of the server/],
    ['Buffer', /atob/], ['crypto', /functions/]
  ] as const) {
    const { message } = asThrown('ReferenceError', `${name} is not defined`, '')
    t.ok(message.startsWith(`${name} is not defined: `), message)
    t.match(message, hint)
  }
  for (const name of ['foo', 'toString', '__proto__', 'constructor']) t.equal(asThrown('ReferenceError', `${name} is not defined`, '').message, `${name} is not defined`)
  t.equal(asThrown('TypeError', 'HTTP is not defined', '').message, 'HTTP is not defined')
  t.end()
})
