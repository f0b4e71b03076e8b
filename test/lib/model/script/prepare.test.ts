import { test } from 'tap'
import { prepareArgument, prepareWish } from '../../../../lib/model/script/prepare.ts'

test('the argument before a delivery', (t) => {
  t.strictSame(prepareArgument({ url: 'https://a.example', data: { token: 't', text: 'a' } }), {
    request: { params: {}, method: 'POST', url: 'https://a.example', data: { token: 't', text: 'a' }, headers: {} }
  })
  t.end()
})

test('the wish before a delivery', (t) => {
  for (const nothing of [undefined, null, false, true, '', 'text', 5, [], {}, { headers: {} }, { data: {} }, { message: '' }]) {
    t.match(prepareWish(nothing), { step: 'after-prepare-no-opts', send: undefined, message: undefined }, JSON.stringify(nothing))
  }
  for (const half of [{ url: 'u' }, { method: 'GET' }, { url: 5, method: 'GET' }, { url: ' ', method: 'GET' }]) {
    t.match(prepareWish(half), { step: 'after-prepare-no-url_or_method', send: undefined, request: half }, JSON.stringify(half))
  }
  t.strictSame(prepareWish({ message: { text: 'help' } }), { message: { text: 'help' }, step: 'after-prepare-send-message', request: { message: { text: 'help' } } })
  const plain = { url: 'https://b.example', method: 'GET' }
  t.strictSame(prepareWish(plain), { send: plain, step: 'before-http-call', request: plain })
  const full = { ...plain, headers: { a: 'b' }, data: 'text', auth: 'a:b', params: { a: 1 }, timeout: 100 }
  const own = { ...full, message: { text: 'help' }, lot: 5 }
  t.strictSame(prepareWish(own), { message: { text: 'help' }, send: full, step: 'before-http-call', request: own })
  t.strictSame(prepareWish({ ...plain, data: null, auth: null }).send, plain)
  t.end()
})
