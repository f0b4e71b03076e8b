import { test } from 'tap'
import { textOfBlocks } from '../../../../lib/model/message/blocks.ts'
import { Notes } from '../../../../lib/model/message/notes.ts'

function read (value: unknown): { text: string | undefined, notes: number } {
  const notes = new Notes()
  return { text: textOfBlocks(value, 'blocks', notes), notes: notes.list().length }
}

const mrkdwn = (text: string): object => ({ type: 'mrkdwn', text })
const plain = (text: string): object => ({ type: 'plain_text', text })
const rich = (...elements: object[]): object => ({ type: 'rich_text', elements })
const section = (...elements: object[]): object => ({ type: 'rich_text_section', elements })

test('each block as markdown', async (t) => {
  for (const [block, text] of [
    [{ type: 'header', text: plain('Deploy') }, '*Deploy*'],
    [{ type: 'section', text: mrkdwn('*a* <https://x.example|b> &lt;') }, '*a* [b](https://x.example) <'],
    [{ type: 'section', text: plain('<https://x.example> &lt;') }, '<https://x.example> &lt;'],
    [{ type: 'section', text: 'a text without an object' }, 'a text without an object'],
    [{ type: 'section', fields: [mrkdwn('*a*\n1'), plain('b')] }, '*a*\n1\nb'],
    [{ type: 'section', text: mrkdwn('a'), accessory: { type: 'image', image_url: 'https://x.example/i.png', alt_text: 'alt' } }, 'a\n![alt](https://x.example/i.png)'],
    [{ type: 'context', elements: [mrkdwn('a'), { type: 'image', image_url: '/i.png', alt_text: 'b' }, plain('c')] }, 'a ![b](/i.png) c'],
    [{ type: 'image', image_url: 'https://x.example/i(1).png', alt_text: 'a]b', title: plain('t') }, 't\n![a\\]b](https://x.example/i%281%29.png)'],
    [{ type: 'image', slack_file: { url: 'https://x.example/i.png' }, alt_text: 'a' }, '![a](https://x.example/i.png)'],
    [{ type: 'image', alt_text: 'alone' }, 'alone'],
    [{ type: 'actions', elements: [{ type: 'button', text: plain('a'), url: 'https://x.example' }, { type: 'button', text: plain('b'), url: 'https://y.example' }] }, '[a](https://x.example) [b](https://y.example)'],
    [{ type: 'video', title: plain('v'), title_url: 'https://x.example/v' }, '[v](https://x.example/v)'],
    [{ type: 'markdown', text: '# a' }, '# a'],
    [{ type: 'later', text: mrkdwn('of a later time') }, 'of a later time'],
    [rich(section({ type: 'text', text: 'a ' }, { type: 'link', url: 'https://x.example' }, { type: 'text', text: ' ' }, { type: 'link', url: 'javascript:1', text: 'b' })), 'a https://x.example b'],
    [rich(section({ type: 'user', user_id: 'U1' }, { type: 'text', text: ' ' }, { type: 'channel', channel_id: 'C1' }, { type: 'text', text: ' ' }, { type: 'usergroup', usergroup_id: 'S1' }, { type: 'text', text: ' ' }, { type: 'broadcast', range: 'here' })), '@U1 #C1 @S1 @here'],
    [rich(section({ type: 'color', value: '#fff' }, { type: 'date', fallback: 'today' }, { type: 'emoji', name: 'wave' })), '#ffftoday:wave:'],
    [rich({ type: 'rich_text_list', style: 'bullet', indent: 1, elements: [section({ type: 'text', text: 'a' })] }), '  - a'],
    [rich({ type: 'rich_text_quote', elements: [{ type: 'text', text: 'a\nb' }] }), '> a\n> b'],
    [rich({ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a < b' }] }), '```\na < b\n```']
  ] as const) t.strictSame(read([block]), { text, notes: 0 }, JSON.stringify(block))
})

test('blocks are paragraphs, and one block counts as an array', async (t) => {
  t.equal(read([{ type: 'header', text: plain('a') }, { type: 'divider' }, { type: 'section', text: mrkdwn('b') }]).text, '*a*\n\n---\n\nb')
  t.equal(read({ type: 'section', text: mrkdwn('b') }).text, 'b')
})

test('a block without text to show is noted', async (t) => {
  for (const block of [5, null, {}, { type: 'input' }, { type: 'file' }, { type: 'section', text: {} }, { type: 'image' }, rich(), { type: 'context' }]) {
    t.strictSame(read([block]), { text: undefined, notes: 1 }, JSON.stringify(block))
  }
  t.match(read([{ type: 'actions', elements: [{ type: 'button', text: plain('a') }, { type: 'static_select' }] }]), { text: undefined })
  t.match(read([rich(section({ type: 'unknown' }), { type: 'rich_text_list', elements: [5] })]), { text: undefined })
})

test('values that are no list of blocks', async (t) => {
  for (const value of [undefined, null, '', [], [{ type: 'divider' }]]) t.strictSame(read(value), { text: undefined, notes: 0 })
  for (const value of ['a', 5, true]) t.strictSame(read(value), { text: undefined, notes: 1 })
  t.match(read(Array.from({ length: 101 }, () => ({ type: 'divider' }))), { notes: 1 })
})

test('2,000 elements of all blocks at most', async (t) => {
  const letters = (count: number): object => rich(section(...Array.from({ length: count }, () => ({ type: 'text', text: 'a' }))))
  t.strictSame(read([letters(1999)]), { text: 'a'.repeat(1999), notes: 0 }, 'the section counts too')
  const { text, notes } = read([letters(1500), letters(1500)])
  t.equal(text?.replace('\n\n', '').length, 1998)
  t.equal(notes, 1)
  t.ok(read([letters(1000), letters(2000), { type: 'header', text: plain('b') }]).text?.endsWith('*b*'), 'blocks without elements stay')
})
