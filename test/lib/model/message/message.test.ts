import { test } from 'tap'
import { messageOf, type ReadMessage } from '../../../../lib/model/message/message.ts'
import type { Payload } from '../../../../lib/model/message/payload.ts'

const rules = { maxTextLength: 40_000 }

function read (payload: Payload, defaults: Parameters<typeof messageOf>[1] = {}): ReadMessage {
  const result = messageOf(payload, defaults, rules)
  if (result.kind === 'no-message') throw new Error('there is no message')
  return result
}

test('the first field that is there', async (t) => {
  for (const [payload, text] of [
    [{ text: 'a', msg: 'b' }, 'a'],
    [{ text: ' ', msg: 'b' }, 'b'],
    [{ text: {}, msg: 'b' }, 'b'],
    [{ text: null, msg: '', blocks: [{ type: 'header', text: { text: 'c' } }] }, '*c*'],
    [{ text: ' a\n' }, 'a'],
    [{ text: 5 }, '5'],
    [{ text: -0 }, '0']
  ] as const) t.equal(read(payload).message.text, text)
})

test('the display name', async (t) => {
  const defaults = { alias: 'CI' }
  t.equal(read({ text: 'a', username: 'u', alias: 'v' }, defaults).message.alias, 'u')
  t.equal(read({ text: 'a', username: ' ', alias: 'v' }, defaults).message.alias, 'v')
  t.equal(read({ text: 'a', username: false, alias: null }, defaults).message.alias, 'CI')
  t.notOk('alias' in read({ text: 'a' }).message)
})

test('one picture: avatar and emoji of the payload go before those of the integration', async (t) => {
  const url = 'https://x.example/i.png'
  const defaults = { avatar: '/avatar/ci', emoji: ':ci:' }
  for (const [payload, integration, picture] of [
    [{ icon_url: url, avatar: '/b', icon_emoji: ':a:' }, defaults, { avatar: url }],
    [{ icon_url: '', avatar: '/b' }, defaults, { avatar: '/b' }],
    [{ icon_url: 'javascript:1', icon_emoji: ':a:' }, defaults, { emoji: ':a:' }],
    [{ icon_emoji: ':a:', emoji: ':b:' }, defaults, { emoji: ':a:' }],
    [{ icon_emoji: null, emoji: ':b:' }, defaults, { emoji: ':b:' }],
    [{}, defaults, { avatar: '/avatar/ci' }],
    [{}, { emoji: ':ci:' }, { emoji: ':ci:' }],
    [{}, { avatar: 'file:///x', emoji: ':ci:' }, { emoji: ':ci:' }],
    [{}, {}, {}]
  ] as const) {
    const { avatar, emoji } = read({ text: 'a', ...payload }, integration).message
    t.strictSame({ ...(avatar !== undefined && { avatar }), ...(emoji !== undefined && { emoji }) }, picture, JSON.stringify(payload))
  }
})

test('previews are on without attachments', async (t) => {
  t.equal(read({ text: 'a' }).message.parseUrls, true)
  t.equal(read({ text: 'a', attachments: [{ text: 'b' }] }).message.parseUrls, false)
  t.equal(read({ text: 'a', attachments: [{ text: 'b' }], parseUrls: true }).message.parseUrls, true)
  t.equal(read({ text: 'a', attachments: [{}] }).message.parseUrls, true, 'an attachment that was left out does not count')
  t.match(read({ text: 'a', parseUrls: 'perhaps', groupable: [] }), { message: { parseUrls: true, groupable: false }, notes: { length: 2 } })
})

test('a long text is cut, and the history says so', async (t) => {
  const { message, notes } = read({ text: 'x'.repeat(40_001) })
  t.equal(message.text, `${'x'.repeat(39_999)}…`)
  t.strictSame(notes, ['the text was cut after 40000 characters'])
  t.strictSame(read({ text: 'x'.repeat(40_000) }).notes, [])
  t.equal(read({ text: `${'x'.repeat(39_998)}😀😀` }).message.text, `${'x'.repeat(39_998)}…`, 'no character is cut in two')
  t.equal(read({ text: 'a', attachments: [{ text: 'x'.repeat(50_000) }] }).message.attachments?.[0]?.text?.length, 40_000)
})

test('nothing to post names the fields that were looked for', async (t) => {
  for (const payload of [undefined, {}, { text: '' }, { text: [] }, { username: 'a' }, { attachments: [null, 5, { color: 'red' }] }, { blocks: [{ type: 'divider' }] }]) {
    t.match(messageOf(payload, {}, rules), { kind: 'no-message' })
  }
  t.match(messageOf({ text: {}, attachments: [{}] }, {}, rules), { notes: ['text was left out: an object is no text', /^attachments\[0\]/] })
})

test('inherited names are no fields', async (t) => {
  const payload: Payload = Object.create({ text: 'inherited' })
  t.equal(messageOf(payload, {}, rules).kind, 'no-message')
})

test('notes have a limit and repeat no value', async (t) => {
  const { notes } = read({ text: 'a', attachments: Array.from({ length: 100 }, () => ({ title_link: 's3cret:x' })) })
  t.equal(notes.length, 51)
  t.equal(notes[50], 'and 150 more')
  t.notMatch(notes.join(), 's3cret')
})
