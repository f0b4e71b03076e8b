import { test } from 'tap'
import { processArgument, processWish } from '../../../../lib/model/script/process.ts'

const sent = { url: 'https://a.example/', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' }

test('the argument after an answer', (t) => {
  const answer = { status: 404, headers: { 'content-type': 'application/json; charset=utf-8', 'set-cookie': ['a', 'b'] }, text: '{"b":2}' }
  const request = { url: 'https://a.example', method: 'post', data: { a: 1 }, headers: {}, lot: 5 }
  t.strictSame(processArgument({ request, sent, answer }), {
    request: { url: sent.url, method: 'POST', data: { a: 1 }, headers: sent.headers, lot: 5 },
    response: { error: null, status_code: 404, content: { b: 2 }, content_raw: '{"b":2}', headers: answer.headers }
  })
  t.equal(processArgument({ request: { data: '{"a":1}' }, sent, answer }).request['data'], '{"a":1}', 'a text')
  t.strictSame(processArgument({ request, sent: { ...sent, body: null }, answer }).request['data'], { a: 1 }, "a GET has no body: the script's own")
  t.equal(processArgument({ request: {}, sent: { ...sent, body: null }, answer }).request['data'], null)
  t.end()
})

test('the content is parsed when its type is JSON', (t) => {
  const contentOf = (type: string | string[] | undefined, text: string): unknown =>
    processArgument({ request: {}, sent, answer: { status: 200, headers: { 'content-type': type }, text } }).response.content
  for (const type of ['application/json', 'Application/JSON;charset=utf-8', 'application/problem+json', 'text/json', ['application/json', 'text/plain']]) {
    t.strictSame(contentOf(type, '[1]'), [1], String(type))
    t.equal(contentOf(type, '[1'), '[1', 'broken JSON stays text')
    t.equal(contentOf(type, ''), '')
  }
  for (const type of [undefined, '', 'text/plain', 'application/jsonp', 'application/x-json-stream', 'text/html+json', []]) t.equal(contentOf(type, '[1]'), '[1]', String(type))
  t.end()
})

test('the wish after an answer', (t) => {
  t.strictSame(processWish(false), { kind: 'nothing' })
  for (const usual of [undefined, null, true, 0, '', 'text', {}, [], { content: null }, { content: '' }, { text: 'a' }]) t.strictSame(processWish(usual), { kind: 'default' }, JSON.stringify(usual))
  t.strictSame(processWish({ content: { text: 'a' } }), { kind: 'content', content: { text: 'a' } })
  t.end()
})
