import { test } from 'tap'
import { attachmentsOf } from '../../../../lib/model/message/attachments.ts'
import { Notes } from '../../../../lib/model/message/notes.ts'

function read (value: unknown): { found: unknown, notes: string[] } {
  const notes = new Notes()
  return { found: attachmentsOf(value, { maxTextLength: 100, toMarkdown: (text) => text }, notes), notes: notes.list() }
}

test('the fields of Slack and Rocket.Chat, and no others', async (t) => {
  const attachment = {
    color: '#fff',
    fallback: 'f',
    pretext: 'p',
    author_name: 'n',
    author_link: 'https://x.example',
    author_icon: '/i.png',
    title: 't',
    title_link: 'mailto:a@x.example',
    title_link_download: true,
    text: 'x',
    description: 'd',
    message_link: 'http://x.example',
    image_url: 'data:image/webp;base64,AA==',
    thumb_url: 'https://x.example/t.png',
    audio_url: '/a.mp3',
    video_url: 'https://x.example/v.mp4',
    footer: 'o',
    footer_icon: 'https://x.example/o.png',
    ts: 1.5,
    collapsed: false,
    fields: [{ title: 'a', value: 'b', short: true }],
    actions: [{ type: 'button', text: 'c', url: 'https://x.example' }],
    attachments: [{ text: 'inner' }]
  }
  const { found, notes } = read([{ ...attachment, callback_id: 'x', mrkdwn_in: ['text'], unknown: 1, actions: [{ ...attachment.actions[0], style: 'danger' }] }])
  t.strictSame(found, [attachment])
  t.strictSame(notes, [])
})

test('a colour is a word, a number or a function', async (t) => {
  for (const color of ['good', '#36a64f', '36a64f', 'rgb(1, 2, 3)', 'hsl(120deg 75% 25% / 60%)']) t.match(read([{ text: 'a', color }]).found, [{ color }])
  for (const color of ['red;background:url(x)', '"', 'a'.repeat(65), {}, true]) t.notOk(JSON.stringify(read([{ text: 'a', color }]).found).includes('color'))
})

test('links and pictures keep what a reader may open', async (t) => {
  for (const link of ['javascript:alert(1)', 'JAVASCRIPT:1', 'java\nscript:1', 'https:/x', 'https://', 'data:text/html,x', 'vbscript:x', '/path', 'www.x.example', 'https://x/\u0000', `https://x/${'a'.repeat(5_000)}`]) {
    t.strictSame(read([{ text: 'a', title_link: link }]).found, [{ text: 'a' }], link)
    t.equal(read([{ text: 'a', title_link: link }]).notes.length, 1)
  }
  for (const picture of ['data:image/svg+xml,<svg/>', 'data:image/png', 'data:text/html,x', '//x.example/i.png', '/\\x.example', 'i.png', 'mailto:a@b', 'data:image/png;base64,A\nA', 'blob:x']) {
    t.strictSame(read([{ text: 'a', image_url: picture }]).found, [{ text: 'a' }], picture)
  }
  const big = `data:image/png;base64,${'A'.repeat(50_000)}`
  t.strictSame(read([{ image_url: big }]).found, [{ image_url: big }])
  t.strictSame(read([{ text: 'a', title_link: ' HTTPS://x.example/a b ' }]).found, [{ text: 'a', title_link: 'HTTPS://x.example/a%20b' }])
})

test('a part that cannot be used is left out, and the history says so', async (t) => {
  for (const [attachment, found, noted] of [
    [{ text: 'a', title: {} }, [{ text: 'a' }], 1],
    [{ text: 'a', fields: 'x' }, [{ text: 'a' }], 1],
    [{ text: 'a', fields: [5, null, { value: 'v' }, { title: 't' }, { title: 't', value: {} }, { title: 5, value: 6, short: 'perhaps' }] }, [{ text: 'a', fields: [{ title: '', value: 'v' }, { title: '5', value: '6' }] }], 5],
    [{ text: 'a', fields: [] }, [{ text: 'a' }], 0],
    [{ text: 'a', ts: '' }, [{ text: 'a' }], 0],
    [{ text: 'a', ts: {} }, [{ text: 'a' }], 0],
    [{ text: 'a', ts: ' 5 ' }, [{ text: 'a', ts: '5' }], 0],
    [{ text: 'a', actions: [{ text: 'b' }, { url: 'https://x' }, { type: 'select', text: 'c' }, 5] }, [{ text: 'a' }], 4],
    [{ text: 'a', actions: { text: 'b', msg: 'c', image_url: '/i.png' } }, [{ text: 'a', actions: [{ type: 'button', text: 'b', image_url: '/i.png', msg: 'c' }] }], 0],
    [{ color: 'red', ts: 1 }, [], 1],
    [5, [], 1],
    [null, [], 0]
  ] as const) {
    const result = read([attachment])
    t.strictSame(result.found, found, JSON.stringify(attachment))
    t.equal(result.notes.length, noted, result.notes.join('; '))
  }
})

test('the text: text, msg, blocks, fallback', async (t) => {
  const blocks = [{ type: 'section', text: { type: 'plain_text', text: 'b' } }]
  t.strictSame(read([{ text: 'a', msg: 'm', blocks }]).found, [{ text: 'a' }])
  t.strictSame(read([{ msg: 'm', blocks }]).found, [{ text: 'm' }])
  t.strictSame(read([{ blocks, fallback: 'f' }]).found, [{ fallback: 'f', text: 'b' }])
  t.strictSame(read([{ fallback: 'f' }]).found, [{ fallback: 'f', text: 'f' }])
  t.strictSame(read([{ fallback: 'f', title: 't' }]).found, [{ fallback: 'f', title: 't' }])
})

test('at most 100, and 8 deep', async (t) => {
  const many = read(Array.from({ length: 101 }, () => ({ text: 'a' })))
  t.equal(Array.isArray(many.found) && many.found.length, 100)
  t.match(many.notes, [/at most 100/])
  let deep: object = { text: '9' }
  for (let depth = 8; depth > 0; depth--) deep = { text: String(depth), attachments: [deep] }
  const { found, notes } = read(deep)
  t.match(JSON.stringify(found), '"text":"8"')
  t.notMatch(JSON.stringify(found), '"text":"9"')
  t.match(notes, [/8 deep/])
  const inner = read([{ text: 'a', attachments: Array.from({ length: 99 }, () => ({ text: 'b' })) }, { text: 'c' }])
  t.equal(Array.isArray(inner.found) && inner.found.length, 1, 'those inside count')
  const fields = read([{ fields: Array.from({ length: 101 }, () => ({ title: 'a', value: 'b' })) }])
  t.match(fields, { found: [{ fields: { length: 100 } }], notes: { length: 1 } })
})
