import { test } from 'tap'
import { incomingArgument, type IncomingCall, incomingWish } from '../../../../lib/model/script/incoming.ts'

const call: IncomingCall = {
  content: { text: 'a' },
  contentRaw: 'payload={"text":"a"}',
  form: { payload: '{"text":"a"}' },
  headers: { 'content-type': 'text/plain', 'x-event': ['a', 'b'], authorization: 'Bearer hunter2', cookie: 'hunter2', 'proxy-authorization': 'hunter2', none: undefined },
  url: '/hooks/id1/hunter2?channel=%23general&tag=a&tag=b&__proto__=x&empty',
  integrationId: 'id1',
  token: 'hunter2',
  user: { _id: 'u1', username: 'bot' }
}

test('the argument of an incoming script', (t) => {
  const url = '/hooks/id1/***?channel=%23general&tag=a&tag=b&__proto__=x&empty'
  const query = JSON.parse('{"channel":"#general","tag":["a","b"],"__proto__":"x","empty":""}')
  t.strictSame(incomingArgument(call), {
    request: {
      content: { text: 'a' },
      content_raw: 'payload={"text":"a"}',
      headers: { 'content-type': 'text/plain', 'x-event': ['a', 'b'] },
      body: { payload: '{"text":"a"}' },
      url: { hash: '', search: '?channel=%23general&tag=a&tag=b&__proto__=x&empty', query, pathname: '/hooks/id1/***', path: url },
      url_raw: url,
      url_params: { integrationId: 'id1', token: '***' },
      user: { _id: 'u1', name: 'bot', username: 'bot' }
    }
  })
  t.match(incomingArgument({ ...call, user: { _id: 'u1', username: 'bot', name: 'The bot' } }), { request: { user: { name: 'The bot' } } })
  t.notOk('content' in incomingArgument({ ...call, content: undefined }).request, 'an empty body')
  t.end()
})

test('the token is not told, however it was written', (t) => {
  for (const [url, hidden] of [
    ['/hooks/id1/hunter2', '/hooks/id1/***'],
    ['/hooks/id1/hunter%32', '/hooks/id1/***'],
    ['/hooks/id1/%68unter2/slack', '/hooks/id1/***/slack'],
    ['/hooks/id1/hunter2?token=hunter2&a=hunter2', '/hooks/id1/***?token=***&a=***'],
    ['/hooks/id1/hunter2/%', '/hooks/id1/***/%'],
    ['/hooks/id1/hunter2?', '/hooks/id1/***?']
  ] as const) {
    const text = JSON.stringify(incomingArgument({ ...call, url }))
    t.equal(incomingArgument({ ...call, url }).request['url_raw'], hidden)
    t.notOk(text.includes('hunter'), text)
  }
  t.equal(incomingArgument({ ...call, token: '', url: '/hooks/id1/' }).request['url_raw'], '/hooks/id1/')
  t.end()
})

test('the token is not told by a proxy that repeats the URL in a header', (t) => {
  const headers = { 'x-forwarded-uri': '/hooks/id1/hunter2?a', 'x-list': ['a', '/hunter2'], 'x-other': 'b' }
  t.match(incomingArgument({ ...call, headers }), { request: { headers: { 'x-forwarded-uri': '/hooks/id1/***?a', 'x-list': ['a', '/***'], 'x-other': 'b' } } })
  t.match(incomingArgument({ ...call, headers, token: '' }), { request: { headers } })
  t.end()
})

test('a query of many names is read in one pass', (t) => {
  const names = Array.from({ length: 100_000 }, (_, number) => `n${number}`)
  const begun = performance.now()
  const { request } = incomingArgument({ ...call, url: `/hooks/id1/hunter2?${names.join('&')}&n7=x` })
  t.match(request['url'], { query: { n0: '', n7: ['', 'x'], n99999: '' } })
  // One pass for each name takes half a minute.
  t.ok(performance.now() - begun < 5000)
  t.end()
})

test('the wish of an incoming script', (t) => {
  for (const nothing of [undefined, null, false, true, {}, '', 0]) t.strictSame(incomingWish(nothing), { kind: 'nothing' })
  for (const wrong of ['text', 5, [], [{ content: 1 }], { text: 'a' }, { content: undefined }, { content: null }, { response: 1 }, { error: '' }, { user: {} }]) {
    t.strictSame(incomingWish(wrong), { kind: 'wrong' }, JSON.stringify(wrong))
  }
  t.strictSame(incomingWish({ content: { text: 'a' } }), { kind: 'content', content: { text: 'a' }, notes: [] })
  t.strictSame(incomingWish({ content: '', more: 1 }), { kind: 'content', content: '', notes: [] })
  t.strictSame(incomingWish({ content: 1, response: { a: 1 } }), { kind: 'content', content: 1, response: { a: 1 }, notes: [] })
  t.match(incomingWish({ content: 1, user: { _id: 'admin' } }), { kind: 'content', notes: [/left out/] })
  t.strictSame(incomingWish({ error: { success: false, message: 'no' } }), { kind: 'error', error: { success: false, message: 'no' } })
  t.strictSame(incomingWish({ content: 1, error: 'no' }), { kind: 'error', error: 'no' })
  t.end()
})
