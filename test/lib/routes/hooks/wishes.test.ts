import fc from 'fast-check'
import { test } from 'tap'
import { wishesOf } from '../../../../lib/routes/hooks/wishes.ts'

test('wait, in any case', async (t) => {
  for (const query of ['wait=true', 'wait=True', 'wait=TRUE', 'a=b&wait=true', 'wait=true&', 'wait=false&wait=true', 'w%61it=tru%65', 'thread_id=1&wait=true']) {
    t.equal(wishesOf(`/hooks/a/b?${query}`).wait, true, query)
  }
  for (const query of ['', 'wait', 'wait=', 'wait=1', 'wait=yes', 'wait=false', 'Wait=true', 'wait=true&wait=false', 'awaits=true', 'wait=true ', 'wait=%']) {
    t.equal(wishesOf(`/hooks/a/b?${query}`).wait, false, query)
  }
  t.equal(wishesOf('/hooks/a/b').wait, false)
  t.equal(wishesOf('/hooks/wait=true').wait, false)
})

test('any query is read', (t) => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('wait', '=', 'true', '&', '%', '+', '?', '#', 'é', '\0') }), (query) =>
    typeof wishesOf(`/hooks/a/b?${query}`).wait === 'boolean'))
  t.end()
})
