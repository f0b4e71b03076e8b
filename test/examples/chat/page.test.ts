import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { Browser, findChromium } from '../../support/browser.ts'
import { ChatServer, headersOf, people, roomIds } from '../../support/chat.ts'
import { Example } from '../../support/example.ts'
import { httpReceiver } from '../../support/outgoing-host.ts'
import { sendCall } from '../../support/page-call.ts'
import { pageAt, sectionOf, snippetsOf } from '../../support/pages.ts'
import { root } from '../../support/root.ts'

const html = readFileSync(join(root, 'examples/chat/page.html'), 'utf8')
const callsOfReadme = snippetsOf(sectionOf(pageAt('README.md'), 'The example server')).map(({ code }) => code).filter((code) => code.startsWith('curl '))
const here = { remoteAddress: '127.0.0.1', headers: { host: 'localhost:3000' } }

function between (tag: string): string {
  return new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, 's').exec(html)?.[1] ?? ''
}

test('is served with a policy that lets its own script run, and no other', async (t) => {
  const { app } = await ChatServer.start(t)
  const { statusCode, headers, body } = await app.inject({ url: '/', ...here })
  t.equal(statusCode, 200)
  t.equal(body, html)
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.equal(headers['x-content-type-options'], 'nosniff')
  t.equal(headers['referrer-policy'], 'no-referrer')
  const policy = new Map(String(headers['content-security-policy']).split('; ').map((line) => [line.split(' ')[0], line]))
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64')
  t.equal(policy.get('default-src'), "default-src 'none'")
  t.equal(policy.get('script-src'), `script-src 'sha256-${hash(between('script'))}'`)
  t.equal(policy.get('style-src'), `style-src 'sha256-${hash(between('style'))}'`)
  for (const line of ["connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "trusted-types 'none'"]) {
    t.equal(policy.get(line.split(' ')[0]), line)
  }
})

test('is one small file that loads nothing and writes no HTML', (t) => {
  t.ok(Buffer.byteLength(html) < 40_000, 'small')
  t.equal(html.match(/<script/g)?.length, 1)
  t.notMatch(html, /<(?:script|img)[^>]*\ssrc=|<link[^>]*stylesheet|@import|\son\w+=|\sstyle=/)
  t.notMatch(between('script'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|\beval\b|new Function|import\s*\(/)
  t.match(html, /This page is a demo without a login/)
  t.match(html, /href="\/documentation"/)
  t.end()
})

test('is refused to other machines and under other names', async (t) => {
  const { app } = await ChatServer.start(t)
  const answer = async (url: string, remoteAddress: string, host: string): Promise<number> => {
    const { statusCode, body } = await app.inject({ url, remoteAddress, headers: { host } })
    if (statusCode === 403) t.match(body, /no login/)
    return statusCode
  }
  for (const url of ['/', '/events']) {
    t.equal(await answer(url, '192.168.1.7', 'localhost:3000'), 403)
    t.equal(await answer(url, '::ffff:10.0.0.1', 'localhost'), 403)
    t.equal(await answer(url, '127.0.0.1', 'evil.example:3000'), 403, 'a name that was made to point here')
    t.equal(await answer(url, '127.0.0.1', 'localhost.evil.example'), 403)
  }
  for (const [address, host] of [['127.0.0.1', '127.0.0.1:3000'], ['::1', '[::1]:3000'], ['::ffff:127.0.0.1', 'LOCALHOST']] as const) {
    t.equal(await answer('/', address, host), 200)
  }
})

/** The calls on the page, in their order. */
const calls = [...html.matchAll(/<pre>(curl .*?)<\/pre>/gs)].map(([, call = '']) => call.replace(/<span data-origin>(.*?)<\/span>/, '$1'))

test('the calls on the page work as they stand', async (t) => {
  const { address = '' } = await Example.start(t, 'standalone')
  t.equal(calls.length, 3)
  const [post = '', create = '', hook = ''] = calls
  t.match(await sendCall(post, address), { success: true, message: { rid: roomIds.general, msg: 'Hello' } })
  const { integration } = await sendCall(create, address)
  t.match(integration, { name: 'testHook', hookPath: /^\/hooks\// })
  t.strictSame(await sendCall(hook, address, integration), { success: true, ok: true })
  // test/pages.test.ts sends these bodies to the example server.
  const [createOfReadme = '', hookOfReadme = ''] = callsOfReadme
  const bodyOf = (call: string): unknown => JSON.parse(/-d '(\{.*?\})'/s.exec(call)?.[1] ?? '')
  t.strictSame(bodyOf(create), bodyOf(createOfReadme))
  t.strictSame(bodyOf(hook), bodyOf(hookOfReadme))
  for (const [name, value] of Object.entries(headersOf.admin)) for (const call of [post, create]) t.ok(call.includes(`"${name}: ${value}"`))
})

const chromium = findChromium()

test('in a browser', async (t) => {
  if (chromium === undefined) {
    t.comment('Chromium is not installed: the page was NOT tried in a browser. `apt-get install chromium` makes this test try it.')
    t.match(html, /<html lang="en">/)
    return
  }
  const server = await ChatServer.start(t)
  const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
  const browser = await Browser.start(t, chromium)
  const say = (body: object): ReturnType<ChatServer['post']> => server.post('admin', 'chat.postMessage', { channel: '#general', ...body })
  await browser.open(address)
  await browser.until('document.querySelector("#status")?.textContent === "Live" && document.querySelector("#empty")?.hidden === false')
  t.match(await browser.evaluate('document.querySelector("#empty").textContent'), /^No messages in #general yet/)

  const attack = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
  const pixel = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
  await say({ text: `${attack} see https://a.example/b?c=1.`, alias: attack, emoji: ':ghost:' })
  await say({
    text: '',
    avatar: pixel,
    attachments: [{
      title: attack,
      title_link: 'javascript:document.title="owned"',
      text: attack,
      color: 'rgb(1, 2, 3)',
      image_url: pixel,
      fields: [{ title: attack, value: attack, short: true }]
    }, { title: 'linked', title_link: 'https://a.example/', color: 'url(https://a.example/)', image_url: 'javascript:1' }]
  })
  await browser.until('document.querySelectorAll("#messages li").length === 2')
  const shown = Object(await browser.evaluate(`(() => {
    const [first, second] = document.querySelectorAll('#messages li')
    const [one, two] = second.querySelectorAll('.attachment')
    return {
      title: document.title,
      name: first.querySelector('strong').textContent,
      account: first.querySelector('.head .quiet').textContent,
      emoji: first.querySelector('.picture').textContent,
      text: first.querySelector('.text').textContent,
      links: [...first.querySelectorAll('a')].map(({ href, rel, target }) => [href, rel, target]),
      made: document.querySelectorAll('#messages script, #messages [onerror]').length,
      avatar: second.querySelector('.picture img').src,
      attachment: one.querySelector('.title').textContent,
      attachmentLinks: one.querySelectorAll('a').length,
      bar: getComputedStyle(one).borderLeftColor,
      field: [one.querySelector('dt').textContent, one.querySelector('dd').textContent],
      picture: one.querySelector(':scope > img').src,
      other: [two.querySelector('a').href, two.querySelectorAll('img').length, two.style.getPropertyValue('--bar')]
    }
  })()`))
  t.strictSame(shown, {
    title: '#general · A small chat',
    name: attack,
    account: '@graywolf336',
    emoji: '👻',
    text: `${attack} see https://a.example/b?c=1.`,
    links: [['https://a.example/b?c=1', 'noopener noreferrer nofollow', '_blank']],
    made: 0,
    avatar: pixel,
    attachment: attack,
    attachmentLinks: 0,
    bar: 'rgb(1, 2, 3)',
    field: [attack, attack],
    picture: pixel,
    other: ['https://a.example/', 0, '']
  })

  // An edit takes the place of its message.
  const mine = Object((await say({ text: 'tpyo' })).body['message'])
  await browser.until('document.querySelector("#messages li:last-child .text")?.textContent === "tpyo"')
  await server.post('admin', 'chat.update', { roomId: roomIds.general, msgId: mine._id, text: 'typo' })
  await browser.until('document.querySelector("#messages li:last-child .text").textContent === "typo"')
  t.match(await browser.evaluate('document.querySelector("#messages li:last-child .head").textContent'), /\(edited\)$/)
  t.equal(await browser.evaluate('document.querySelectorAll("#messages li").length'), 3)

  // A new channel appears; what is said there is counted until it is looked at, with the keyboard.
  await server.post('admin', 'channels.create', { name: 'lobby' })
  await say({ channel: '#lobby', text: 'unseen' })
  await browser.until('document.querySelector("#rooms .unread")?.textContent.startsWith("1") === true')
  await browser.evaluate('document.querySelector("#rooms a").focus()')
  await browser.press('Tab', 9)
  t.match(await browser.evaluate('document.activeElement.textContent'), /^# lobby/)
  await server.post('guest', 'channels.join', { roomName: 'lobby' })
  await browser.until('document.activeElement.textContent.startsWith("# lobby")')
  await browser.evaluate('document.activeElement.click()')
  await browser.until('document.querySelector("#title").textContent === "# lobby"')
  t.equal(await browser.evaluate('document.querySelector("#messages li .text").textContent'), 'unseen')
  t.equal(await browser.evaluate('document.querySelector("#members").textContent'), '2 members')
  t.equal(await browser.evaluate('document.querySelectorAll("#rooms .unread").length'), 0)

  // Nothing of other rooms.
  await say({ channel: '#operations', text: 'secret' })
  await say({ channel: `@${people.guest.username}`, text: 'secret' })
  await say({ channel: '#lobby', text: 'after' })
  await browser.until('document.querySelector("#messages li:last-child .text").textContent === "after"')
  t.notMatch(await browser.evaluate('document.body.textContent'), /secret|operations/)

  // A phone: nothing to the right of the screen, whatever is said.
  await say({ channel: '#lobby', text: 'x'.repeat(2000), alias: 'y'.repeat(200), attachments: [{ title: 'z'.repeat(500), fields: [{ title: 'a'.repeat(300), value: 'b'.repeat(300) }] }] })
  for (const value of ['dark', 'light']) {
    await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] })
    await browser.send('Emulation.setDeviceMetricsOverride', { width: 360, height: 740, deviceScaleFactor: 1, mobile: true })
    await browser.open(`${address}/?${value}`)
    await browser.until('document.querySelector("#status")?.textContent === "Live" && document.querySelectorAll("#messages li").length > 0')
    await browser.evaluate('location.hash = document.querySelector("#rooms li:last-child a").hash; document.querySelector("#try").open = true')
    await browser.until('document.querySelector("#title").textContent === "# lobby" && document.querySelectorAll("#messages li").length === 3')
    t.equal(await browser.evaluate('innerWidth'), 360)
    t.strictSame(await browser.evaluate('[\'html\', \'#messages\', \'aside\'].map((place) => document.querySelector(place)).map((element) => element.scrollWidth - element.clientWidth)'), [0, 0, 0])
    for (const place of ['body', '.quiet', 'nav a[aria-current]', '.attachment', 'pre']) {
      const contrast = await browser.evaluate(contrastOf(place))
      t.ok(typeof contrast === 'number' && contrast >= 4.5, `${value}: ${place} is readable (${contrast})`)
    }
  }
  t.strictSame(browser.complaints, [])
})

/** An expression for the contrast of an element's text to what is behind it, by the formula of WCAG. */
function contrastOf (selector: string): string {
  return `(() => {
    const element = document.querySelector(${JSON.stringify(selector)})
    const numbers = (text) => text.match(/[\\d.]+/g).map(Number)
    let behind = element
    while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement
    const light = (text) => {
      const [r, g, b] = numbers(text).slice(0, 3).map((part) => part / 255).map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const [dark, bright] = [light(getComputedStyle(element).color), light(getComputedStyle(behind).backgroundColor)].sort((a, b) => a - b)
    return (bright + 0.05) / (dark + 0.05)
  })()`
}

test('says so when the server is gone, and comes back', async (t) => {
  if (chromium === undefined) {
    t.comment('Chromium is not installed: the page was NOT tried in a browser.')
    t.match(html, /No connection, trying again/)
    return
  }
  const server = await ChatServer.start(t)
  const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
  const browser = await Browser.start(t, chromium)
  await browser.open(address)
  await browser.until('document.querySelector("#status")?.textContent === "Live"')
  await server.app.close()
  await browser.until('document.querySelector("#status").textContent === "No connection, trying again"')
  const again = await ChatServer.start(t)
  again.chat.post(people.admin, { room: { _id: roomIds.general } }, { text: 'back', parseUrls: true, groupable: false })
  await again.app.listen({ host: '127.0.0.1', port: Number(new URL(address).port) })
  await browser.until('document.querySelector("#status").textContent === "Live"')
  await browser.until('document.querySelector("#messages li .text")?.textContent === "back"')
  t.equal(await browser.evaluate('document.querySelectorAll("#messages li").length'), 1)
})

test('shows what a webhook posts, with the calls of the README', async (t) => {
  const { address = '' } = await Example.start(t, 'standalone')
  const [create = '', post = ''] = callsOfReadme
  const { integration } = await sendCall(create, address)
  if (chromium === undefined) {
    t.comment('Chromium is not installed: the message of the webhook was NOT looked at in a browser.')
    t.match(await sendCall(post, address, integration), { success: true })
    return
  }
  const browser = await Browser.start(t, chromium)
  await browser.open(address)
  await browser.until('document.querySelector("#status")?.textContent === "Live"')
  t.match(await sendCall(post, address, integration), { success: true })
  await browser.until('document.querySelectorAll("#messages li").length === 1')
  const shown = `(() => {
    const message = document.querySelector('#messages li:last-child')
    const textOf = (place) => message.querySelector(place)?.textContent
    return {
      name: textOf('strong'), account: textOf('.head .quiet'), mark: textOf('.bot'), picture: textOf('.picture'), avatar: message.querySelector('.picture img')?.src,
      text: textOf('.text'), title: textOf('.title a'), link: message.querySelector('.title a')?.href, field: [textOf('dt'), textOf('dd')],
      bar: getComputedStyle(message.querySelector('.attachment') ?? message).borderLeftColor
    }
  })()`
  t.match(await browser.evaluate(shown), {
    name: 'Deploys',
    account: '@rocket.cat',
    mark: 'integration',
    picture: '🚀',
    text: 'Version 4.2 is live',
    title: 'Changes',
    link: 'https://example.com/4.2',
    field: ['Took', '3 min'],
    bar: 'rgb(46, 182, 125)'
  })
  const avatar = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
  await fetch(`${address}${integration?.hookPath}/slack`, {
    method: 'POST', body: JSON.stringify({ text: 'Look &lt;here&gt;', icon_url: avatar, attachments: [{ text: '<b>not bold</b>', image_url: 'javascript:alert(1)' }] })
  })
  await browser.until('document.querySelectorAll("#messages li").length === 2')
  t.match(await browser.evaluate(shown), { name: 'Rocket.Cat', avatar, text: 'Look <here>', picture: '' })
  t.equal(await browser.evaluate('document.querySelectorAll("#messages b, #messages .attachment img").length'), 0)
  t.strictSame(browser.complaints, [])
})

/** Calls a route of the example server as its administrator. */
async function call (address: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${address}/api/v1/${path}`, { method: 'POST', headers: { ...headersOf.admin, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (response.status !== 200) throw new Error(await response.text())
}

test('shows beside a message what became of its deliveries', async (t) => {
  let release = (): void => {}
  const isReleased = new Promise<void>((resolve) => { release = resolve })
  const receiver = await httpReceiver(t, ({ path }, response) => {
    isReleased.then(() => {
      response.statusCode = path === '/up' ? 200 : 500
      response.end()
    })
  })
  const { address = '' } = await Example.start(t, 'standalone', { OUTGOING_ALLOW: receiver.place })
  const long = 'x'.repeat(200)
  const make = (name: string, url: string, fields: object = {}): Promise<void> => call(address, 'integrations.create', {
    type: 'webhook-outgoing', name, enabled: true, event: 'sendMessage', urls: [url], triggerWords: 'deploy', username: 'rocket.cat', channel: '#general', scriptEnabled: false, ...fields
  })
  await make('up', `${receiver.url}/up`)
  await make(long, `${receiver.url}/down`)
  await make('again', `${receiver.url}/down`, { retryFailedCalls: true, retryCount: 10, retryDelay: 'powers-of-ten' })
  await make('inner', 'http://127.0.0.2:9/')
  await make('silent', receiver.url, { scriptEnabled: true, script: 'class Script { prepare_outgoing_request () {} }' })
  const say = (text: string): Promise<void> => call(address, 'chat.postMessage', { channel: '#general', text })
  if (chromium === undefined) {
    t.comment('Chromium is not installed: the fates of deliveries were NOT looked at in a browser.')
    t.match(html, /will be tried again/)
    return
  }
  const browser = await Browser.start(t, chromium)
  await browser.send('Emulation.setDeviceMetricsOverride', { width: 375, height: 600, deviceScaleFactor: 1, mobile: true })
  await browser.open(address)
  await browser.until('document.querySelector("#status")?.textContent === "Live"')
  for (let i = 0; i < 12; i++) await say(`line ${i}`)
  await say('deploy')
  await browser.until('document.querySelectorAll("#messages li").length === 13')
  await browser.evaluate('document.querySelector("#messages li:last-child").isTheSame = true')
  release()
  const fates = '[...document.querySelectorAll("#messages li:last-child .fates span")]'
  await browser.until(`${fates}.length === 5 && /attempt \\d+, will/.test(${fates}[0].textContent)`)
  const texts = Object(await browser.evaluate(`${fates}.map((fate) => fate.textContent.replace(/attempt \\d+/, 'attempt N'))`))
  t.strictSame(texts, [
    'again: failed (the receiver answered 500), attempt N, will be tried again',
    'inner: failed (the address of 127.0.0.2 is not public; a server opens such addresses with the options outgoing.allow and outgoing.allowFor)',
    'silent: no call',
    'up: delivered (200)',
    `${long}: failed (the receiver answered 500)`
  ])
  t.equal(await browser.evaluate('document.querySelector("#messages li:last-child").isTheSame'), true, 'a screen reader does not read the message again')
  t.strictSame(await browser.evaluate('((log) => [log.scrollHeight - log.clientHeight - Math.round(log.scrollTop), log.scrollWidth - log.clientWidth])(document.querySelector("#messages"))'), [0, 0], 'the end stays in sight')
  t.strictSame(await browser.evaluate(`${fates}.filter((fate) => fate.getBoundingClientRect().right > innerWidth).length`), 0, 'nothing to the right of the screen')
  t.strictSame(browser.complaints, [])
})

test('the form explains a script in both directions, and nothing happens', async (t) => {
  const receiver = await httpReceiver(t)
  const { address = '' } = await Example.start(t, 'standalone', { OUTGOING_ALLOW: receiver.place })
  if (chromium === undefined) {
    t.comment('Chromium is not installed: the form was NOT tried in a browser.')
    t.match(html, /<button[^>]*>Try a script<\/button>/)
    return
  }
  const browser = await Browser.start(t, chromium)
  await browser.open(address)
  await browser.until('document.querySelector("#status")?.textContent === "Live"')
  const fill = (fields: Record<string, string>): Promise<unknown> =>
    browser.evaluate(`for (const [name, value] of Object.entries(${JSON.stringify(fields)})) document.querySelector(\`form [name=\${name}]:enabled\`).value = value`)
  /** Sends the form: the sentence, and the text of each part by its heading. */
  const ask = async (fields: Record<string, string> = {}): Promise<[verdict: string, parts: Record<string, string>]> => {
    await fill(fields)
    await browser.evaluate('document.querySelector("form .main").click()')
    await browser.until('document.querySelector("#verdict").textContent !== "Asking the server…"')
    const parts = '[...document.querySelectorAll("#explained section")].map((part) => [part.firstElementChild.textContent, part.lastElementChild.textContent])'
    return Object(await browser.evaluate(`[document.querySelector('#verdict').textContent, Object.fromEntries(${parts})]`))
  }
  const isOpen = 'document.querySelector("dialog").open'

  // With the keyboard alone.
  await browser.evaluate('document.querySelector("#script").focus()')
  await browser.press(' ', 32)
  await browser.until(isOpen)
  t.equal(await browser.evaluate('document.activeElement.value'), 'webhook-incoming')
  t.equal(await browser.evaluate('[...document.querySelectorAll("form input, form textarea")].filter(({ labels }) => labels.length !== 1).length'), 0)
  const [pushed, parts] = await ask()
  t.equal(pushed, 'Messages that would be posted: 1.')
  t.match(parts, {
    'In #general': /^GGitHub@rocket\.catintegration.*dana pushed: Mend the clock$/,
    'The answer to the sender: status 200': '{"success":true,"ok":true}',
    'process_incoming_request wrote to the console': 'log: event: push',
    'process_incoming_request returned': /"text": "dana pushed: Mend the clock"/,
    'The payload, as the body was read': /"pusher"/
  })
  const attack = '<img src=x onerror="document.title=\'owned\'">'
  const [, attacked] = await ask({ script: '', body: JSON.stringify({ text: attack, alias: attack, attachments: [{ title: attack, color: 'good' }] }) })
  t.ok(attacked['In #general']?.includes(attack))
  t.equal(await browser.evaluate('document.querySelectorAll("dialog img, dialog [onerror]").length'), 0)
  t.equal(await browser.evaluate('getComputedStyle(document.querySelector("dialog .attachment")).borderLeftColor'), 'rgb(46, 182, 125)')
  t.match(await ask({ body: 'payload=%7B%22text%22%3A%22hi%22%7D', headers: 'content-type: application/x-www-form-urlencoded\n\n' }), [
    'Messages that would be posted: 1.', { 'The payload, as the body was read': '{\n  "text": "hi"\n}' }
  ])
  t.match(await ask({ script: 'class Script { process_incoming_request () { throw new Error("boom") } }' }), [
    /^It stops at the step run-script: .*boom/, { 'process_incoming_request failed': /boom/, 'The answer to the sender: status 400': /"success":false/ }
  ])

  await browser.evaluate('document.querySelector("[name=type]").focus()')
  await browser.press('ArrowDown', 40)
  t.equal(await browser.evaluate('document.querySelector("[data-type=webhook-incoming]").offsetHeight'), 0)
  const [triggered, sent] = await ask({ url: `${receiver.url}/deployments` })
  t.equal(triggered, 'The message triggers the integration with the word “deploy”. A request would be sent. Messages that would be posted: 1.')
  t.match(sent, {
    'In #general': /^RRocket\.Cat@rocket\.catintegration.*4\.2 is live$/,
    'The request': /^PUT http:\/\/127\.0\.0\.1:\d+\/deployments\n[^]*x-asked-by: graywolf336\n\n\{"version":"4\.2"\}$/,
    'prepare_outgoing_request returned': /"method": "PUT"/,
    'process_outgoing_response returned': /"4\.2 is live"/
  })
  const [early, untilCall] = await ask({ status: '' })
  t.match(early, /A request would be sent\. Messages that would be posted before the answer: 0\.$/)
  t.strictSame(Object.keys(untilCall), ['The request', 'prepare_outgoing_request returned'])
  t.match(await ask({ url: 'http://127.0.0.2:9/' }), [/It stops at the step failed-for-good: .*not public/, { 'The request': /127\.0\.0\.2/ }])
  t.strictSame(await ask({ text: 'hello' }), ['The message does not trigger the integration: the message fits none of the trigger words.', {}])
  t.strictSame(browser.complaints, [])

  // The browser complains of the 400 by itself.
  const [refused, shown] = await ask({ url: 'nowhere' })
  t.equal(refused, 'The server refuses this with the status 400.')
  t.match(JSON.parse(shown['Its answer'] ?? ''), { success: false, error: '/urls/0 must be an absolute http or https URL', errorType: 'invalid-params' })

  for (const value of ['dark', 'light']) {
    await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] })
    await browser.send('Emulation.setDeviceMetricsOverride', { width: 375, height: 740, deviceScaleFactor: 1, mobile: true })
    t.strictSame(await browser.evaluate('["dialog", "form", "dialog section"].map((place) => document.querySelector(place)).map((element) => element.scrollWidth - element.clientWidth)'), [0, 0, 0])
    for (const place of ['dialog .quiet', 'dialog label', 'dialog textarea', 'form .main', '#verdict', '#explained h3', '#explained pre']) {
      const contrast = await browser.evaluate(contrastOf(place))
      t.ok(typeof contrast === 'number' && contrast >= 4.5, `${value}: ${place} is readable (${contrast})`)
    }
  }
  await browser.press('Escape', 27)
  await browser.until(`!${isOpen}`)
  t.equal(await browser.evaluate('document.activeElement.id'), 'script')

  // Nothing of it has happened: the next message is the first one.
  await call(address, 'chat.postMessage', { channel: '#general', text: 'the first one' })
  await browser.until('document.querySelector("#messages .text")?.textContent === "the first one"')
  t.equal(await browser.evaluate('document.querySelectorAll("#messages li").length'), 1)
  t.strictSame(receiver.received, [])
  const list = await fetch(`${address}/api/v1/integrations.list`, { headers: headersOf.admin })
  t.match(await list.json(), { integrations: [], total: 0 })
})
