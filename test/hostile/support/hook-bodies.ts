import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { anyJson, anyText, objectOf, writtenText } from './json.ts'

/** The header Content-Type of a request to a hook. */
export const hookContentType: fc.Arbitrary<string | undefined> = fc.oneof(
  fc.constantFrom(undefined, 'application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'text/plain; charset=shift_jis', 'a/b; charset=latin1', 'a; charset="'),
  anyText
)

const names = ['text', 'msg', 'blocks', 'attachments', 'username', 'alias', 'icon_url', 'avatar', 'icon_emoji', 'emoji', 'tmid', 'thread_ts', 'parseUrls',
  'groupable', 'customFields', 'content', 'embeds', 'avatar_url', 'type', 'elements', 'fields', 'title', 'value', 'short', 'inline', 'actions', 'url', 'image_url',
  'title_link', 'ts', 'color', 'fallback', 'accessory', 'style', 'indent', 'name', 'author', 'footer', '__proto__', 'constructor', 'toString', 'length']
const words = ['"section"', '"header"', '"context"', '"divider"', '"image"', '"actions"', '"rich_text"', '"rich_text_list"', '"rich_text_quote"', '"button"', '"mrkdwn"',
  '"plain_text"', '"link"', '"https://x.example/a b"', '"javascript:alert(1)"', '"data:image/png;base64,AA=="', '"<https://x|y>"', '"<!here> <@U1> &amp; <"', '"good"', '"true"']

/** JSON with the names and words that the message is made of, in any place. */
const { payload } = fc.letrec<{ payload: string }>((tie) => ({
  payload: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    { weight: 4, arbitrary: fc.oneof(fc.constantFrom(...words), writtenText, anyJson) },
    { weight: 2, arbitrary: fc.array(tie('payload'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`) },
    { weight: 5, arbitrary: fc.array(fc.tuple(fc.constantFrom(...names), tie('payload')), { maxLength: 6 }).map(objectOf) }
  )
}))

const object = fc.array(fc.tuple(fc.constantFrom(...names.slice(0, 18)), payload), { minLength: 1, maxLength: 8 }).map(objectOf)

/** The body of a request to a hook. */
export const hookBody: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 2, arbitrary: anyText.map((text) => Buffer.from(text)) },
  { weight: 4, arbitrary: object.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: object.map((text) => Buffer.from(text, 'utf16le')) },
  { weight: 1, arbitrary: object.map((text) => Buffer.from(`payload=${text}`)) },
  { weight: 1, arbitrary: object.map((text) => Buffer.from(`a=b&payload=${encodeURIComponent(Buffer.from(text).toString())}`)) },
  { weight: 1, arbitrary: object.map((text) => Buffer.from(`--x\r\nContent-Disposition: form-data; name=payload\r\n\r\n${text}\r\n--x--`)) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', 'payload=', '&', '=', '%', '%7B', '+', ' ', '\r\n', '--x', '--', 'Content-Disposition: form-data; name=', 'text', '\\u', '1', '\0', 'é')).map((parts) => Buffer.from(parts.join(''))) }
)

/** Fills a body of the largest size. */
function full (unit: string, before = '', after = ''): string {
  return before + unit.repeat(Math.floor((1024 * 1024 - before.length - after.length) / Buffer.byteLength(unit))) + after
}

/** Members of an object, each with a name of its own. */
function namesOf (count: number): string {
  return Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')
}

function numbersOf (count: number): string {
  return Array.from({ length: count }, (_, index) => `"${index * 7919 % 1_000_003}":1`).join(',')
}

const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
const multipart = 'multipart/form-data; boundary=x'

/** Bodies of 1 MiB that are expensive for a reader which looks at a part more than once, or for a copy of all parts. */
export const expensiveBodies: ReadonlyArray<readonly [what: string, body: string, header?: string]> = [
  ['blanks', full(' ')],
  ['blanks around', full(' ', '{"text":"a', 'b"}')],
  ['blanks in a text', JSON.stringify({ text: full(' a', '', 'x').slice(0, 1_000_000) })],
  ['open brackets', full('[')],
  ['open objects', full('{"a":')],
  ['an open text', full('a', '{"text":"')],
  ['escapes', full('\\u0041', '{"text":"', '"}')],
  ['broken at the end', full('1,', '{"text":[', '1]')],
  ['a payload that is broken at the end', full('%22', 'payload={"text":[', ']')],
  ['ampersands in a payload', full('&', 'payload={"text":"')],
  ['a payload of percent signs', full('%', 'payload=%7B')],
  ['fields of a form', full('a=1&')],
  ['names of a form', full('&')],
  ['one field of percent signs', full('%41', 'text=')],
  ['parts', full(part), multipart],
  ['parts without headers', full('--x\r\n'), multipart],
  ['parts without an end of their headers', full('--x\r\na: b\r\n'), multipart],
  ['lines that begin like the boundary', full('--xy\r\n', '--x\r\n'), multipart],
  ['a long boundary, almost met', full(`\n--${'a'.repeat(69)}b`, `--${'a'.repeat(70)}\r\n`), `multipart/form-data; boundary=${'a'.repeat(70)}`],
  ['blanks behind boundaries', full('--x \t', '--x\r\n'), multipart],
  ['one header', full('a', '--x\r\nContent-Disposition: form-data; name="'), multipart],
  ['empty attachments', full('{},', '{"attachments":[', '{}]}')],
  ['numbers for attachments', full('1,', '{"attachments":[', '1]}')],
  ['attachments in attachments', full('{"attachments":[{"title":"a"},{"text":"b"}]},', '{"attachments":[', '{}]}')],
  ['fields of an attachment', full('{"title":"a","value":1},', '{"attachments":[{"fields":[', '{}]}]}')],
  ['lists in a field', full('1,', '{"attachments":[{"fields":[{"value":[', '1]}]}]}')],
  ['fields as an object', `{"attachments":[{"fields":{${namesOf(80_000)}}}]}`],
  ['blocks', full('{"type":"divider"},', '{"blocks":[', '{}]}')],
  ['rich text', full('{"type":"text","text":"a"},', '{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[', '{}]}]}]}')],
  ['unknown rich text', full('{},', '{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[', '{}]}]}]}')],
  ['open marks', full('<', '{"text":"', '"}')],
  ['marks', full('<a|b>', '{"text":"', '"}')],
  ['bars', full('|', '{"text":"<', '>"}')],
  ['ampersands', full('&amp', '{"text":"', '"}')],
  ['brackets in a label', full('[', '{"text":"<https://x|', '>"}')],
  ['embeds', full('{"fields":[{"name":"a"}]},', '{"embeds":[', '{}]}')],
  ['a long address', full('a b', '{"text":"a","avatar":"https://', '"}')],
  ['custom fields', full('{"__proto__":1},', '{"text":"a","customFields":{"a":[', '1]}}')],
  ['custom fields of many objects', full('{},', '{"text":"a","customFields":{"a":[', '1]}}')],
  ['custom fields of many names', `{"text":"a","customFields":{${namesOf(80_000)}}}`],
  ['many names', `{"text":"a",${namesOf(80_000)}}`],
  ['many names that are numbers', `{"text":"a",${numbersOf(80_000)}}`],
  ['one name many times', full('"text":"a",', '{', '"x":1}')],
  ['channels', full('"#a",', '{"text":"a","channel":[', '"#b"]}')],
  ['channels that are none', full('{},', '{"text":"a","channel":[', '1]}')],
  ['elements of a block', full('{"type":"mrkdwn","text":"<a|b>"},', '{"blocks":[{"type":"context","elements":[', '1]}]}')],
  ['fields of an embed', full('{"name":"x"},', '{"content":"a","embeds":[{"fields":[', '1]}]}')],
  ['a picture', full('A', '{"text":"a","icon_url":"data:image/png;base64,', '"}')],
  ['bytes of another charset', full('\u3042'), 'text/plain; charset=gb18030'],
  ['a quoted header', 'a', full('\\"', 'a/b; charset="').slice(0, 16_000)],
  ['a text of dashes', full('-')],
  ['a number', full('1')],
  ['a JSON text', full('a', '"', '"')]
]
