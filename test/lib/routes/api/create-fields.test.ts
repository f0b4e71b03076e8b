import type { Test } from 'tap'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { startClient } from '../../../support/client.ts'
import { incoming, invalid, outgoing, refused } from '../../../support/expect.ts'
import { type NewStore, onEachStore } from '../../../support/stores.ts'

// Contract section 2.1, row by row.
onEachStore('fields of a create', async (t, newStore) => {
  await t.test('required fields', (t) => requiredFields(t, newStore))
  await t.test('kinds are not converted', (t) => strictKinds(t, newStore))
  await t.test('but "true", "false" and digits are taken for what they say', (t) => spelledOut(t, newStore))
  await t.test('control characters', (t) => controlCharacters(t, newStore))
  await t.test('bounds of what is sent', (t) => rawBounds(t, newStore))
  await t.test('lengths', (t) => lengths(t, newStore))
  await t.test('null, empty and blank count as absent', (t) => absence(t, newStore))
  await t.test('unknown fields', (t) => unknownFields(t, newStore))
  await t.test('fields of the other type', (t) => foreignFields(t, newStore))
  await t.test('avatar', (t) => avatar(t, newStore))
  await t.test('scriptEngine and skipTranspile', (t) => scriptOptions(t, newStore))
  await t.test('urls', (t) => urls(t, newStore))
  await t.test('triggerWords', (t) => triggerWords(t, newStore))
  await t.test('token', (t) => token(t, newStore))
  await t.test('retries', (t) => retries(t, newStore))
})

async function requiredFields (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const required = {
    'webhook-incoming': ['name', 'enabled', 'username', 'channel', 'scriptEnabled'],
    'webhook-outgoing': ['name', 'enabled', 'username', 'channel', 'scriptEnabled', 'event', 'urls']
  }
  for (const body of [incomingBody, outgoingBody]) {
    for (const field of required[body.type]) {
      const without = Object.fromEntries(Object.entries(body).filter(([name]) => name !== field))
      invalid(t, await create(without), `/${field}`, `must have required property '${field}'`, `${body.type} without ${field}`)
      t.equal((await create({ ...body, [field]: null })).status, 400, `${body.type}, ${field} is null`)
    }
  }
  for (const name of [' ', '\t\n', '']) {
    invalid(t, await create({ ...incomingBody, name }), '/name', /^\/name must not be (?:blank|empty)$/, 'name is blank')
  }
}

async function strictKinds (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const texts = ['name', 'username', 'script', 'alias', 'avatar', 'emoji']
  const booleans = ['enabled', 'scriptEnabled', 'skipTranspile']
  const outgoingTexts = [...texts, 'event', 'token', 'targetRoom', 'retryDelay']
  const outgoingBooleans = [...booleans, 'triggerWordAnywhere', 'runOnEdits', 'impersonateUser', 'retryFailedCalls']
  for (const [body, textFields, booleanFields] of [
    [incomingBody, texts, [...booleans, 'overrideDestinationChannelEnabled']],
    [outgoingBody, outgoingTexts, outgoingBooleans]
  ] as const) {
    for (const field of textFields) {
      for (const value of [5, true, ['x'], { a: 1 }]) {
        invalid(t, await create({ ...body, [field]: value }), `/${field}`, `/${field} must be a string`, `${body.type} ${field}`)
      }
    }
    for (const field of booleanFields) {
      for (const value of ['True', ' true', 'yes', '0', '1', '', 0, 1, []]) {
        invalid(t, await create({ ...body, [field]: value }), `/${field}`, `/${field} must be true or false`, `${body.type} ${field}`)
      }
    }
    for (const value of [5, true, {}]) {
      invalid(t, await create({ ...body, channel: value }), '/channel', '/channel must be a string or an array', 'channel')
    }
    invalid(t, await create({ ...body, channel: ['#general', 5] }), '/channel/1', '/channel/1 must be a string', 'channel entry')
  }
  for (const value of ['http://a.example', {}, 5]) {
    invalid(t, await create({ ...outgoingBody, urls: value }), '/urls', '/urls must be an array', 'urls')
  }
  for (const value of [5, true, {}]) {
    invalid(t, await create({ ...outgoingBody, triggerWords: value }), '/triggerWords', '/triggerWords must be an array or a string', 'triggerWords')
  }
  invalid(t, await create({ ...outgoingBody, triggerWords: ['a', 5] }), '/triggerWords/1', '/triggerWords/1 must be a string', 'trigger word')
}

async function spelledOut (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const common = ['enabled', 'scriptEnabled', 'skipTranspile']
  for (const said of [true, false]) {
    for (const field of [...common, 'overrideDestinationChannelEnabled']) {
      t.equal(Reflect.get(incoming(t, await create({ ...incomingBody, [field]: String(said) })), field), said, `${field} "${said}"`)
    }
    for (const field of [...common, 'triggerWordAnywhere', 'runOnEdits', 'impersonateUser', 'retryFailedCalls']) {
      t.equal(Reflect.get(outgoing(t, await create({ ...outgoingBody, [field]: String(said) })), field), said, `${field} "${said}"`)
    }
  }
  for (const [said, retryCount] of [['0', 0], ['4', 4], ['007', 7], ['10', 10]] as const) {
    t.equal(outgoing(t, await create({ ...outgoingBody, retryCount: said })).retryCount, retryCount, `retryCount "${said}"`)
  }
  invalid(t, await create({ ...outgoingBody, retryCount: '11' }), '/retryCount', '/retryCount must not be more than 10', 'an integer, and too many')
  t.equal(incoming(t, await create({ ...incomingBody, name: '5', alias: 'true' })).name, '5', 'a text stays a text')
  invalid(t, await create({ ...incomingBody, runOnEdits: 'false' }), '/runOnEdits', 'does not belong to a webhook-incoming integration', 'of the other type')
  t.equal((await create({ ...incomingBody, enabled: 'true', scriptEnabled: 'sendMessage' })).status, 400, 'the others must fit, too')
}

async function controlCharacters (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const common: Record<string, (text: string) => unknown> = {
    name: (text) => text,
    username: (text) => text,
    channel: (text) => `#general,${text}`,
    script: (text) => text,
    alias: (text) => text,
    avatar: (text) => `/${text}`,
    emoji: (text) => text
  }
  const others: Record<string, (text: string) => unknown> = {
    ...common,
    event: (text) => text,
    urls: (text) => ['http://a.example', `http://a.example/${text}`],
    triggerWords: (text) => `a,${text}`,
    token: (text) => text,
    targetRoom: (text) => `#${text}`,
    retryDelay: (text) => text
  }
  for (const [body, fields] of [[incomingBody, common], [outgoingBody, others]] as const) {
    for (const [field, write] of Object.entries(fields)) {
      for (const control of ['\0', '\u0007', '\b', '\v', '\f', '\u001b', '\u007f', '\u0080', '\u009b']) {
        const reply = await create({ ...body, [field]: write(`x${control}y`) })
        const path = field === 'urls' ? '/urls/1' : `/${field}`
        invalid(t, reply, path, `${path} must not have control characters other than tab and line ends`, `${body.type} ${field} ${encodeURIComponent(control)}`)
      }
    }
  }
  for (const list of [['#general', '#a\0'], ['\u001b']]) {
    t.match((await create({ ...incomingBody, channel: list })).body, { errorType: 'invalid-params', error: /control characters/ })
  }
  const script = 'let a\r\n\tlet b\n\u2028\u00a0'
  const name = 'a\tb\r\nc'
  t.match(incoming(t, await create({ ...incomingBody, script, name, alias: '日本\u200d語' })), { script, name, alias: '日本\u200d語' }, 'nothing else')
}

async function rawBounds (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const long = 'x'.repeat(1001)
  for (const [field, value, path, sentence] of [
    ['username', long, '/username', 'must not be longer than 1000 characters'],
    ['event', long, '/event', 'must not be longer than 1000 characters'],
    ['targetRoom', `#${long}`, '/targetRoom', 'must not be longer than 1000 characters'],
    ['channel', ` #${'x'.repeat(1000)}`, '/channel', 'must not have an entry longer than 1000 characters'],
    ['channel', ' '.repeat(32_769), '/channel', 'must not be longer than 32768 characters'],
    ['channel', Array(1001).fill(''), '/channel', 'must not have more than 1000 entries'],
    ['channel', ['#general', long], '/channel/1', 'must not be longer than 1000 characters'],
    ['urls', Array(101).fill(''), '/urls', 'must not have more than 100 entries'],
    ['triggerWords', ','.repeat(32_769), '/triggerWords', 'must not be longer than 32768 characters'],
    ['triggerWords', Array(1001).fill(''), '/triggerWords', 'must not have more than 1000 entries'],
    ['triggerWords', ['a', long], '/triggerWords/1', 'must not be longer than 1000 characters']
  ] as const) {
    invalid(t, await create({ ...outgoingBody, [field]: value }), path, `${path} ${sentence}`, `${field}: ${sentence}`)
  }
  const padded = { channel: [...Array(999).fill(' '), '#general'], urls: [...Array(99).fill(''), 'http://a.example'], triggerWords: `${',a'.repeat(16_384)}` }
  t.match(outgoing(t, await create({ ...outgoingBody, ...padded })), { channel: ['#general'], urls: ['http://a.example'], triggerWords: ['a'] },
    'blanks and duplicates are dropped before the limits count')
}

async function lengths (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  for (const [field, most] of Object.entries({ name: 200, alias: 120, emoji: 100 })) {
    const integration = incoming(t, await create({ ...incomingBody, [field]: 'x'.repeat(most) }))
    t.equal(Reflect.get(integration, field), 'x'.repeat(most), `${field} of ${most}`)
    invalid(t, await create({ ...incomingBody, [field]: 'x'.repeat(most + 1) }), `/${field}`,
      `/${field} must not be longer than ${most} characters`, `${field} of ${most + 1}`)
  }
  incoming(t, await create({ ...incomingBody, script: 'x'.repeat(65536) }))
  const reply = await create({ ...incomingBody, script: 'x'.repeat(65537) })
  invalid(t, reply, '/script', '/script must not be longer than 65536 bytes', 'script of 64 KiB and a byte')
  invalid(t, await create({ ...incomingBody, script: 'é'.repeat(32769) }), '/script', /65536 bytes/, 'bytes count, not characters')

  const short = await startClient(t, { store: newStore(), maxScriptLength: 10 })
  incoming(t, await short.create({ ...incomingBody, script: 'x'.repeat(10) }))
  invalid(t, await short.create({ ...incomingBody, script: 'x'.repeat(11) }), '/script', /10 bytes/, 'maxScriptLength')
}

async function absence (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const plainIncoming = Object.keys(incoming(t, await create(incomingBody)))
  const plainOutgoing = Object.keys(outgoing(t, await create(outgoingBody)))

  const nothing = { script: null, scriptEngine: null, skipTranspile: null, alias: null, avatar: null, emoji: null }
  const outgoingNothing = {
    triggerWords: null,
    triggerWordAnywhere: null,
    token: null,
    targetRoom: null,
    runOnEdits: null,
    impersonateUser: null,
    retryFailedCalls: null,
    retryCount: null,
    retryDelay: null
  }
  t.strictSame(Object.keys(incoming(t, await create({ ...incomingBody, ...nothing, overrideDestinationChannelEnabled: null }))), plainIncoming)
  t.strictSame(Object.keys(outgoing(t, await create({ ...outgoingBody, ...nothing, ...outgoingNothing }))), plainOutgoing)

  for (const empty of ['', '  ', '\n']) {
    const blank = { alias: empty, avatar: empty, emoji: empty, script: empty }
    t.strictSame(Object.keys(incoming(t, await create({ ...incomingBody, ...blank }))), plainIncoming)
    t.strictSame(Object.keys(outgoing(t, await create({ ...outgoingBody, ...blank, targetRoom: empty, triggerWords: empty }))), plainOutgoing)
  }
  t.match(outgoing(t, await create({ ...outgoingBody, token: '' })).token, /^\w{24}$/)

  const trimmed = incoming(t, await create({
    ...incomingBody, name: ' a name ', username: ' rocket.cat ', channel: ' #general ', alias: ' al ', avatar: ' /a.png ', emoji: ' :x: ', script: ' 1 '
  }))
  t.match(trimmed, {
    name: 'a name', username: 'rocket.cat', channel: ['#general'], alias: 'al', avatar: '/a.png', emoji: ':x:', script: ' 1 '
  }, 'text is trimmed, a script is not')
}

async function unknownFields (t: Test, newStore: NewStore): Promise<void> {
  const { create, post } = await startClient(t, { store: newStore() })
  const suggestions = {
    trigerWords: 'triggerWords',
    triggerwords: 'triggerWords',
    chanel: 'channel',
    url: 'urls',
    script_enabled: 'scriptEnabled',
    user: undefined,
    foo: undefined,
    _id: undefined,
    userId: undefined
  }
  for (const [field, closest] of Object.entries(suggestions)) {
    const hint = closest === undefined ? '' : `; did you mean '${closest}'?`
    const reply = await create({ ...outgoingBody, [field]: 'x' })
    invalid(t, reply, `/${field}`, `/${field} is not a field of a webhook-outgoing integration${hint}`, field)
    if (closest === undefined) t.notMatch(reply.text, /did you mean/, field)
  }
  t.notMatch((await create({ ...incomingBody, urlss: 1 })).text, /did you mean/, 'a field of the other type is no suggestion')

  const headers = { 'content-type': 'application/json', 'x-user-id': 'adminId', 'x-auth-token': 'token-adminId' }
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString']) {
    const text = JSON.stringify(incomingBody).replace('{', `{"${name}":{"polluted":true},`)
    invalid(t, await post(text, headers), `/${name}`, `/${name} is not a field of a webhook-incoming integration`, name)
  }
  t.equal(Reflect.get({}, 'polluted'), undefined)
  const long = await create({ ...incomingBody, ['n'.repeat(10_000)]: 1 })
  t.ok(long.text.length < 1000, 'a long name is not repeated in full')
}

async function foreignFields (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const outgoingOnly = {
    event: 'sendMessage',
    urls: ['http://a.example'],
    triggerWords: ['a'],
    triggerWordAnywhere: false,
    token: 'mine',
    targetRoom: '#general',
    runOnEdits: true,
    impersonateUser: false,
    retryFailedCalls: true,
    retryCount: 3,
    retryDelay: 'powers-of-two'
  }
  const plain = Object.keys(incoming(t, await create(incomingBody)))
  for (const [field, value] of Object.entries(outgoingOnly)) {
    for (const empty of [null, '']) {
      t.strictSame(Object.keys(incoming(t, await create({ ...incomingBody, [field]: empty }))), plain, `${field} is empty`)
    }
    invalid(t, await create({ ...incomingBody, [field]: value }), `/${field}`,
      `/${field} does not belong to a webhook-incoming integration: leave it out`, field)
  }
  for (const empty of [null, '']) outgoing(t, await create({ ...outgoingBody, overrideDestinationChannelEnabled: empty }))
  invalid(t, await create({ ...outgoingBody, overrideDestinationChannelEnabled: true }), '/overrideDestinationChannelEnabled',
    'does not belong to a webhook-outgoing integration', 'overrideDestinationChannelEnabled')
}

async function avatar (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  for (const value of ['http://res.guggy.com/logo_128.png', 'https://a.example/b?c#d', 'HTTPS://A.EXAMPLE', '/avatar/rocket.cat', '/']) {
    t.equal(incoming(t, await create({ ...incomingBody, avatar: value })).avatar, value)
  }
  for (const value of ['javascript:alert(1)', 'data:image/png;base64,AA', 'ftp://a.example', 'logo.png', 'http:', 'http://', 'http:a', 'https://a b', '//']) {
    const reply = await create({ ...incomingBody, avatar: value })
    if (value === '//') t.equal(reply.status, 200, 'begins with /')
    else invalid(t, reply, '/avatar', '/avatar must be an http or https URL, or a path that begins with /', value)
  }
  incoming(t, await create({ ...incomingBody, avatar: '/' + 'x'.repeat(2047) }))
  invalid(t, await create({ ...incomingBody, avatar: '/' + 'x'.repeat(2048) }), '/avatar', /longer than 2048/, 'too long')
}

async function scriptOptions (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  t.match(incoming(t, await create(incomingBody)), { scriptEngine: 'isolated-vm', skipTranspile: false }, 'defaults')
  for (const scriptEngine of ['isolated-vm', 'vm2']) {
    t.match(incoming(t, await create({ ...incomingBody, scriptEngine, skipTranspile: true })), { scriptEngine: 'isolated-vm', skipTranspile: true })
  }
  for (const scriptEngine of ['v8', '', 'VM2']) {
    invalid(t, await create({ ...incomingBody, scriptEngine }), '/scriptEngine', "/scriptEngine must be 'isolated-vm' or 'vm2'", scriptEngine)
  }
  t.equal(incoming(t, await create({ ...incomingBody, overrideDestinationChannelEnabled: true })).overrideDestinationChannelEnabled, true)
  t.equal(incoming(t, await create(incomingBody)).overrideDestinationChannelEnabled, false, 'default')
}

async function urls (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const send = (value: readonly string[]): ReturnType<typeof create> => create({ ...outgoingBody, urls: value })
  t.strictSame(outgoing(t, await send(['', ' http://a.example ', 'http://b.example/x?y=z#f', ' ', 'http://a.example'])).urls,
    ['http://a.example', 'http://b.example/x?y=z#f'], 'trimmed, without blanks and repetitions, in order')
  for (const none of [[], [''], [' ', '\n']]) {
    refused(t, await send(none), 'error-invalid-urls', 'Invalid urls', { field: 'urls' }, 'nothing left')
  }
  const many = Array.from({ length: 21 }, (_, i) => `https://a.example/${i}`)
  t.equal(outgoing(t, await send(many.slice(1))).urls.length, 20)
  t.equal(outgoing(t, await send([...many.slice(1), ...many.slice(1), ''])).urls.length, 20, '20 are left')
  invalid(t, await send(many), '/urls', '/urls must not have more than 20 entries', '21')
  for (const wrong of ['a.example', '/hook', 'ftp://a.example', 'http:a.example', 'http://', 'https://a b.example', 'http://[', 'mailto:a@b', 'http://a.exa\nmple']) {
    invalid(t, await send(['http://a.example', wrong]), '/urls/1', '/urls/1 must be an absolute http or https URL', wrong)
  }
  const longest = 'http://a.example/'.padEnd(2048, 'x')
  t.strictSame(outgoing(t, await send([longest])).urls, [longest])
  invalid(t, await send([longest + 'x']), '/urls/0', '/urls/0 must not be longer than 2048 characters', 'too long')
  const hopeless = await send(Array.from({ length: 1000 }, () => 'x'))
  t.ok(hopeless.text.length < 3000, 'the list of mistakes is bounded')
}

async function triggerWords (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const send = (value: unknown, event = 'sendMessage'): ReturnType<typeof create> =>
    create({ ...outgoingBody, event, triggerWords: value })
  t.strictSame(outgoing(t, await send('!guggy')).triggerWords, ['!guggy'])
  t.strictSame(outgoing(t, await send(' a, b ,,a,')).triggerWords, ['a', 'b'], 'comma-separated')
  t.strictSame(outgoing(t, await send([' a ', '', 'b, c', 'a'])).triggerWords, ['a', 'b, c'], 'array')
  for (const none of ['', ' , ,', [], [''], [' ', '']]) {
    t.notOk('triggerWords' in outgoing(t, await send(none)), `never [""]: ${JSON.stringify(none)}`)
  }
  for (const event of ['fileUploaded', 'roomJoined', 'roomLeft', 'roomArchived', 'roomCreated']) {
    t.notOk('triggerWords' in outgoing(t, await send('a,b', event)), `${event} uses none`)
  }
  const many = Array.from({ length: 101 }, (_, i) => `w${i}`)
  t.equal(outgoing(t, await send(many.slice(1))).triggerWords?.length, 100)
  invalid(t, await send(many), '/triggerWords', '/triggerWords must not have more than 100 entries', '101')
  t.equal(outgoing(t, await send(['x'.repeat(200)])).triggerWords?.[0]?.length, 200)
  invalid(t, await send('x'.repeat(201)), '/triggerWords', 'longer than 200 characters', '201 characters')
  for (const triggerWordAnywhere of [true, false]) {
    t.equal(outgoing(t, await create({ ...outgoingBody, triggerWordAnywhere })).triggerWordAnywhere, triggerWordAnywhere)
  }
}

async function token (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const alphabet = /^[23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz]+$/
  const first = outgoing(t, await create(outgoingBody))
  const second = outgoing(t, await create(outgoingBody))
  t.equal(first.token.length, 24)
  t.match(first.token, alphabet)
  t.not(first.token, second.token)
  const posted = incoming(t, await create(incomingBody))
  t.equal(posted.token.length, 48)
  t.match(posted.token, alphabet)
  for (const given of ['8DFS89DMKLWEN', ' spaces are kept ', ' ', 'x'.repeat(200)]) {
    t.equal(outgoing(t, await create({ ...outgoingBody, token: given })).token, given, 'verbatim')
  }
  const reply = await create({ ...outgoingBody, token: 'secret'.repeat(40) })
  invalid(t, reply, '/token', '/token must not be longer than 200 characters', 'too long')
  t.notMatch(reply.text, /secret/, 'a token is not repeated')
}

async function retries (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const send = async (fields: object): Promise<object> => {
    const { retryFailedCalls, retryCount, retryDelay } = outgoing(t, await create({ ...outgoingBody, ...fields }))
    return { retryFailedCalls, retryCount, retryDelay }
  }
  t.strictSame(await send({ retryFailedCalls: true }), { retryFailedCalls: true, retryCount: 4, retryDelay: 'powers-of-ten' })
  t.strictSame(await send({ retryFailedCalls: false }), { retryFailedCalls: false, retryCount: undefined, retryDelay: undefined })
  t.strictSame(await send({ retryCount: 0 }), { retryFailedCalls: undefined, retryCount: 0, retryDelay: undefined })
  t.strictSame(await send({ retryFailedCalls: true, retryCount: 10, retryDelay: 'Powers-Of-Two' }),
    { retryFailedCalls: true, retryCount: 10, retryDelay: 'powers-of-two' })
  t.match(await send({ retryDelay: 'INCREMENTS-OF-TWO' }), { retryDelay: 'increments-of-two' })
  for (const [retryCount, sentence] of [[11, 'must not be more than 10'], [-1, 'must not be less than 0'], [1.5, 'must be an integer'], ['1.5', 'must be an integer'], ['-1', 'must be an integer'], ['4 ', 'must be an integer']] as const) {
    invalid(t, await create({ ...outgoingBody, retryCount }), '/retryCount', `/retryCount ${sentence}`, String(retryCount))
  }
  invalid(t, await create({ ...outgoingBody, retryDelay: 'hourly' }), '/retryDelay',
    '/retryDelay must be one of powers-of-ten, powers-of-two, increments-of-two', 'unknown delay')
  for (const field of ['runOnEdits', 'impersonateUser']) {
    t.equal(Reflect.get(outgoing(t, await create({ ...outgoingBody, [field]: true })), field), true)
  }
}
