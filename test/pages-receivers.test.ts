import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { signatureHeaders } from '../lib/transport/signatures.ts'
import { headersOf } from './support/chat.ts'
import { Example } from './support/example.ts'
import { pageAt, receivers, rowsOf, sectionOf, snippetsOf } from './support/pages.ts'
import { sendCall } from './support/page-call.ts'
import { freePort } from './support/redis-server.ts'
import { root } from './support/root.ts'
import { run } from './support/run.ts'
import { unchecked } from './support/unchecked.ts'
import { until } from './support/until.ts'

const page = pageAt(receivers)
const snippets = snippetsOf(page)
const vector = Object.fromEntries(rowsOf(sectionOf(page, 'Verify the signature'), /./).slice(-6).map(([name, value]) => [name, value]))
const { secret = '', body = '', 'webhook-id': id = '', 'webhook-timestamp': timestamp = '' } = vector

function only (language: string): string {
  const [code, ...others] = snippets.filter((snippet) => snippet.language === language).map(({ code }) => code)
  if (code === undefined || others.length > 0) throw new Error(`not one snippet in ${language}`)
  return code
}

/** The headers of a request that was signed now, or at another time. */
function signed (text: string, seconds = Math.floor(Date.now() / 1000), secrets: readonly string[] = [secret]): Record<string, string> {
  return signatureHeaders({ id, secrets }, Buffer.from(text), seconds)
}

/** Requests, and whether the functions of the page must accept them. */
const requests = [
  { headers: signed(body), body, isGood: true },
  { headers: signed(body, undefined, [`whsec_${Buffer.from('another one').toString('base64')}`, secret]), body, isGood: true },
  { headers: signed(body), body: body.replace('now', 'all'), isGood: false },
  { headers: signed(body, undefined, [`whsec_${Buffer.from('another one').toString('base64')}`]), body, isGood: false },
  { headers: signed(body, Math.floor(Date.now() / 1000) - 3600), body, isGood: false },
  { headers: { ...signed(body), 'webhook-id': 'msg_other' }, body, isGood: false },
  { headers: { ...signed(body), 'webhook-signature': 'v1,=é v1 , v1,AAAA' }, body, isGood: false },
  { headers: {}, body, isGood: false }
]

test('every snippet is of a kind that is tested', (t) => {
  t.strictSame([...new Set(snippets.map(({ language }) => language))].sort(), ['go', 'js', 'json', 'python', 'sh', 'ts'])
  t.end()
})

test('the test vector is what is sent', async (t) => {
  const headers = signed(body, Number(timestamp))
  t.equal(headers['webhook-signature'], vector['webhook-signature'])
  t.equal(headers['x-hub-signature-256'], vector['X-Hub-Signature-256'])
  const shell = snippets.filter(({ language }) => language === 'sh').map(({ code }) => code).filter((code) => code.includes('openssl'))
  t.equal(shell.length, 1)
  if (!await isInstalled('openssl', 'version')) return t.comment('there is no openssl: the lines for a shell were not run')
  t.equal(`v1,${(await run('sh', ['-c', shell[0] ?? ''], root)).trim()}`, vector['webhook-signature'])
})

test('the function in Python', async (t) => {
  if (!await isInstalled('python3', '--version')) return t.comment('there is no python3')
  const program = `${only('python')}
import json, sys
for one in json.load(sys.stdin):
    print(is_signed("${secret}", one["headers"], one["body"].encode()))
`
  const folder = await scratch(t)
  await Promise.all([writeFile(join(folder, 'receiver.py'), program), writeFile(join(folder, 'requests.json'), JSON.stringify(requests))])
  const answer = await run('sh', ['-c', 'python3 receiver.py < requests.json'], folder)
  t.strictSame(answer.trim().split('\n'), requests.map(({ isGood }) => isGood ? 'True' : 'False'))
})

test('the function in Go', async (t) => {
  // Go compiles its libraries first, which takes long.
  if (process.env['SOAK'] !== '1' || !await isInstalled('go', 'version')) return t.comment('only in npm run soak, and where go is installed')
  const folder = await scratch(t)
  const goTest = `package receiver
import ("encoding/json"; "net/http"; "os"; "testing")
func TestIsSigned(t *testing.T) {
  text, _ := os.ReadFile("requests.json")
  var requests []struct { Headers map[string]string; Body string; IsGood bool }
  if err := json.Unmarshal(text, &requests); err != nil || len(requests) == 0 { t.Fatal(err) }
  for index, one := range requests {
    header := http.Header{}
    for name, value := range one.Headers { header.Set(name, value) }
    if IsSigned("${secret}", header, []byte(one.Body)) != one.IsGood { t.Error(index) }
  }
}
`
  await Promise.all([
    writeFile(join(folder, 'go.mod'), 'module receiver\n'),
    writeFile(join(folder, 'receiver.go'), only('go')),
    writeFile(join(folder, 'receiver_test.go'), goTest),
    writeFile(join(folder, 'requests.json'), JSON.stringify(requests))
  ])
  t.match(await run('go', ['test', './...'], folder), /^ok/)
})

test('the receiver on Express, with the example server', async (t) => {
  const [create = '', say = ''] = snippets.filter(({ language, code }) => language === 'sh' && code.startsWith('curl ')).map(({ code }) => code)
  const receiverPort = await freePort()
  const { address: chat = '' } = await Example.start(t, 'standalone', { OUTGOING_ALLOW: `localhost:${receiverPort}` })
  t.ok(create.includes('http://localhost:4000/deploy') && only('js').includes('4000'))
  const created: { integration?: { _id: string, secret?: string } } = await sendCall(create.replace('localhost:4000', `localhost:${receiverPort}`), chat)
  const { integration } = created
  t.match(integration, { secret: /^whsec_/ })
  const folder = join(root, 'dist/pages-receivers')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'receiver.mjs'), only('js'))
  const address = `http://127.0.0.1:${receiverPort}/deploy`
  await start(t, 'dist/pages-receivers/receiver.mjs', { PORT: String(receiverPort), WEBHOOK_SECRET: integration?.secret ?? '' }, address)
  await sendCall(say, chat)
  const reply = 'graywolf336 has written: deploy now'
  let messages: unknown[] = []
  await until('the answer is in the room', async () => {
    const answer = await fetch(`${chat}/api/v1/channels.messages?roomName=general`, { headers: headersOf.admin })
    messages = unchecked<{ messages: unknown[] }>(await answer.json()).messages
    return messages.length === 2
  })
  t.match(messages, [{ msg: reply, u: { username: 'rocket.cat' }, bot: { i: integration?._id } }, { msg: 'deploy now' }])
  t.match(await fatesOf(chat), [{ rid: 'GENERAL', mid: unchecked<{ _id: string }>(messages[1])._id, name: 'Deploys', outcome: 'delivered', status: 200, attempt: 1 }], 'and its page shows it')
  // A forged request is refused by the receiver of the page.
  const forged = await fetch(address, { method: 'POST', body, headers: signed(body) })
  t.equal(forged.status, 401)
})

/** What the page of the chat is told of deliveries at first. */
async function fatesOf (chat: string): Promise<unknown> {
  const { body } = await fetch(`${chat}/events`)
  let text = ''
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    const fates = /^event: fates\ndata: (.*)\n\n/m.exec(text)?.[1]
    if (fates !== undefined) return JSON.parse(fates)
  }
  return undefined
}

async function scratch (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'receivers-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function isInstalled (command: string, argument: string): Promise<boolean> {
  try {
    await run(command, [argument], root)
    return true
  } catch {
    return false
  }
}

/** Starts a server and waits until it answers; the test ends it. */
async function start (t: Test, file: string, env: Record<string, string>, address: string): Promise<void> {
  const server = spawn(process.execPath, [file], { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
  t.teardown(() => end(server))
  await until(`${file} answers`, async () => {
    if (server.exitCode !== null) throw new Error(`${file} ended`)
    return await fetch(address).then(() => true, () => false)
  })
}

async function end (server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  server.kill('SIGTERM')
  await once(server, 'exit')
}
