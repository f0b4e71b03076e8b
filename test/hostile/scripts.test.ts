import { test } from 'tap'
import { overseer } from './support/callers.ts'
import { incomingBody } from '../support/bodies.ts'
import { documented, integrationOf } from './support/documented.ts'
import { startServer } from './support/server.ts'

/** As long as a script may be. */
const longest = 64 * 1024

/** So long may a script keep all other requests waiting, on a busy machine; a parser that is asked too much takes a minute. */
const patience = 2000

/** As much of this as fits between two texts. */
function fill (unit: string, before = '', after = ''): string {
  return before + unit.repeat(Math.floor((longest - before.length - after.length) / unit.length)) + after
}

function nest (open: string, middle: string, close: string): string {
  const depth = Math.floor((longest - middle.length) / (open.length + close.length))
  return open.repeat(depth) + middle + close.repeat(depth)
}

/** Scripts that parsers find hard: deep, long, ambiguous until their last character, or with much work in few letters. */
const scripts: Readonly<Record<string, string>> = {
  'emoji, one by one': fill('/\\p{RGI_Emoji}/vi;'),
  'emoji that are emoji': fill('&&\\p{RGI_Emoji}', '/[\\p{RGI_Emoji}', ']/vi'),
  'emoji without emoji': fill('--\\p{Basic_Emoji}', '/[\\p{RGI_Emoji_ZWJ_Sequence}', ']/v'),
  keycaps: fill('/\\p{Emoji_Keycap_Sequence}/v;'),
  letters: fill('/\\P{L}/vi;'),
  'no words': fill('\\W', '/[', ']/iu'),
  'no words in sets': fill('\\W', '/[', ']/iv'),
  words: fill('\\w', '/[', ']/iu'),
  'as many words as there may be': '/[' + '\\W'.repeat(500) + ']/iu',
  'a class of letters': fill('[^\\P{L}]', '/[', ']/vi'),
  'names in a regular expression': fill('(?<a>)|', '/', '/'),
  'groups in a regular expression': nest('(', '', ')').replace(/^./, '/').replace(/.$/, '/'),
  'repetitions in a regular expression': fill('(?:a{1,100}){1,100}', '/', '/'),
  'ranges in a regular expression': fill('a-\\u{ffff}', '/[', ']/iu'),
  functions: nest('function f(){', '', '}'),
  'functions called at once': nest('(function(){', '', '})'),
  'arrows in arguments': nest('(a=', '1', ')=>1'),
  'a few arrows in arguments': '(a='.repeat(200) + '1' + ')=>1'.repeat(200),
  'asynchronous arrows': nest('async(a=', '1', ')=>1'),
  classes: nest('class A{m(){', '', '}}'),
  'fields of classes': nest('(class{a=', '1', '})'),
  'private names': fill('#a in x;', 'class A{m(){', '}}'),
  brackets: nest('[', '', ']'),
  templates: nest('`${', '', '}`'),
  'functions in blocks': nest('{function a(){}', '', '}'),
  'evals in functions': nest('function f(){eval();', '', '}'),
  'a number': '9'.repeat(longest),
  'a big integer': `${'9'.repeat(longest - 1)}n`,
  'a sum of texts': fill('"a"+', '', '1'),
  labels: fill('a:', '', ';'),
  'old comments': fill('<!--\n')
}

test('no script keeps other requests waiting for long', async (t) => {
  const caller = overseer
  const server = await startServer(t, [caller])
  for (const [name, script] of Object.entries(scripts)) {
    const start = performance.now()
    const body = { ...incomingBody, scriptEnabled: true, script }
    const answer = await server.send(caller, 'create', JSON.stringify(body))
    const time = performance.now() - start
    t.equal(answer.status, 200, name)
    t.equal(integrationOf(documented('create', answer).integration).script, script)
    t.ok(time < patience, `${name}: ${Math.round(time)} ms`)
  }
})

test('a few of what is hard are checked like anything else', async (t) => {
  const server = await startServer(t, [overseer])
  for (const [script, error] of [
    ['/\\p{RGI_Emoji}\\p{L}/v.test(text)', undefined],
    ['/\\p{RGI_Emoji}/v.test(text', 'SyntaxError'],
    [fill('/\\P{L}/vi;'), 'RangeError']
  ] as const) {
    const answer = await server.send(overseer, 'create', JSON.stringify({ ...incomingBody, scriptEnabled: true, script }))
    t.equal(integrationOf(documented('create', answer).integration).scriptError?.name, error, script.slice(0, 40))
  }
})
