import fc from 'fast-check'
import { anyJson, anyMember, anyText, type Members, objectOf, writtenText } from './json.ts'

/** Channels that exist, that do not, and that look like something else. */
const channelPart = fc.oneof(
  { weight: 16, arbitrary: fc.constantFrom('#general', '#GENERAL', '@rocket.cat', '@rocket.cat', '@owner', 'all_public_channels') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '#team', '#secret', '#direct', '#nowhere', '@nobody', '@guest', 'all_private_groups', 'ALL_direct_messages', '#', '@', 'general',
      '#__proto__', '@constructor', ' #general ', '#general,@owner', '', ' ', '#general\0'
    )
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('#', '@', ''), anyText).map((parts) => parts.join('')) }
)

const url = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('http://shared.example/', 'https://a.example/b?c=d#e', ' http://a.example ', 'http://shared.example/') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '', ' ', 'http:', 'http://', 'http:/a', 'HTTP://A.EXAMPLE', 'javascript:alert(1)', 'file:///etc/passwd', 'http://[::1]:80', 'http://a b',
      'http://a\nb', 'http://\ud83d', 'http://user:password@a', 'http://a:99999', 'http\u017f://a', '/path', `http://${'a'.repeat(2041)}`
    )
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('http://', 'https://a/', ''), anyText).map((parts) => parts.join('')) }
)

const script = fc.oneof(
  fc.constantFrom(
    'class Script {}', 'class {', '#!/bin/sh', 'return 1', 'await 1', 'import("x")', 'import x from "y"', '<!-- x', '/(/', '/\\p{L}/v',
    '`${', '"\\u{110000}"', '\u2028', 'throw 1', 'process.exit(1)', 'while (true) {}', '((a=1)=>{})'.repeat(50), '('.repeat(30_000),
    '(()=>{'.repeat(5000), 'x'.repeat(65_537), 'é'.repeat(32_769), ' '
  ),
  anyText
)

const text = (...usual: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...usual).map((value) => JSON.stringify(value)) }, { weight: 1, arbitrary: writtenText })
const one = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> => arbitrary.map((value) => JSON.stringify(value))
const many = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(arbitrary, { maxLength: 5 }).map((values) => JSON.stringify(values))
const flag = fc.constantFrom('true', 'false')

/** What could stand in each field, mostly valid. */
const commonFields: Readonly<Record<string, fc.Arbitrary<string>>> = {
  name: text('a', ' a ', 'Straße', 'ΟΔΟΣ', 'İ'),
  enabled: flag,
  username: text('rocket.cat', ' rocket.cat ', 'rocket.cat', 'owner', 'nobody', '__proto__'),
  channel: fc.oneof(one(channelPart), many(channelPart)),
  scriptEnabled: flag,
  script: one(script),
  scriptEngine: fc.constantFrom('"isolated-vm"', '"vm2"', 'null'),
  skipTranspile: flag,
  alias: text('alias'),
  avatar: fc.oneof(one(url), text('/a.png', '/')),
  emoji: text(':ghost:')
}

const outgoingFields: Readonly<Record<string, fc.Arbitrary<string>>> = {
  event: text(
    'sendMessage', 'sendMessage', 'fileUploaded', 'roomArchived', 'roomCreated', 'roomJoined', 'roomLeft', 'userCreated', 'constructor', '__proto__', 'SendMessage'
  ),
  urls: many(url),
  triggerWords: fc.oneof(writtenText, many(anyText), text('a,b', ' , ', 'a')),
  triggerWordAnywhere: flag,
  token: text('token', ' '),
  targetRoom: one(channelPart),
  runOnEdits: flag,
  impersonateUser: flag,
  retryFailedCalls: flag,
  retryCount: fc.constantFrom('0', '-0', '4', '10', '1e1', '11', '-1', '1.5', 'null'),
  retryDelay: text('powers-of-ten', 'POWERS-OF-TWO', 'increments-of-two', 'powers', ' ')
}

const fields = {
  'webhook-incoming': { ...commonFields, overrideDestinationChannelEnabled: flag },
  'webhook-outgoing': { ...commonFields, ...outgoingFields }
}

const valid = {
  'webhook-incoming': {
    name: '"hook"', enabled: 'true', username: '"rocket.cat"', channel: '"@rocket.cat"', scriptEnabled: 'false'
  },
  'webhook-outgoing': {
    name: '"hook"',
    enabled: 'true',
    username: '"rocket.cat"',
    channel: '"@rocket.cat"',
    scriptEnabled: 'false',
    event: '"sendMessage"',
    urls: '["http://shared.example/"]'
  }
}

const types = ['webhook-incoming', 'webhook-outgoing'] as const
const type = fc.constantFrom(...types)

/** Some fields of a type, each with something that could stand there. */
const someFields = (type: typeof types[number]): fc.Arbitrary<Members> => fc.uniqueArray(
  fc.constantFrom(...Object.entries<fc.Arbitrary<string>>(fields[type])).chain(([name, value]) => fc.tuple(fc.constant(name), value)),
  { selector: ([name]) => name, maxLength: 4 }
)

/** Members that stand behind all others: in place of a valid one, or a second time. */
const anything = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Members>([]) },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(
      fc.tuple(fc.constantFrom(...Object.keys({ ...commonFields, ...outgoingFields }), 'type', 'integrationId', '_id'), anyJson),
      anyMember
    ), { minLength: 1, maxLength: 3 })
  }
)

/** Whatever is not the body of any request. */
const nonsense = fc.oneof(
  { weight: 2, arbitrary: anyJson },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '{', '}', '{"type":', '[1,]', "{'a':1}", '\ufeff', '\ufeff{}', '{}{}', 'undefined', 'NaN', '{"a":01}') },
  { weight: 1, arbitrary: anyText }
)

/** The members of a body of `integrations.create`: valid but for a few fields. */
const createMembers: fc.Arbitrary<Members> = fc.tuple(type, fc.option(fc.constantFrom(...Object.keys(valid['webhook-outgoing'])), { freq: 1 })).chain(
  ([type, left]) => fc.tuple(someFields(type), anything).map(([some, any]) => [
    ['type', JSON.stringify(type)],
    ...Object.entries(valid[type]).filter(([name]) => name !== left && !some.some(([other]) => other === name)),
    ...some,
    ...any
  ])
)

/** The members of a body of `integrations.update` besides those that say which integration is meant. */
const updateMembers: fc.Arbitrary<Members> = type.chain((type) => fc.tuple(
  someFields(type),
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Members>([]) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('_updatedAt', '_createdAt', 'userId', '_createdBy', '_updatedBy', 'scriptError', '_id'), anyJson).map((member) => [member]) }
  ),
  anything
).map((parts) => parts.flat()))

function asBody (members: fc.Arbitrary<Members>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 12, arbitrary: members.map(objectOf) }, { weight: 1, arbitrary: nonsense })
}

/** Bodies of `integrations.create`. */
export const createBody: fc.Arbitrary<string> = asBody(createMembers)

/**
 * Bodies of the other endpoints. What says which integration is meant stands
 * first, so that what follows can contradict it.
 *
 * @param locator members that name an integration.
 */
export function updateBody (locator: Members): fc.Arbitrary<string> {
  return asBody(updateMembers.map((members) => [...locator, ...members]))
}

/** As {@link updateBody}. */
export function otherBody (locator: Members): fc.Arbitrary<string> {
  return asBody(anything.map((members) => [...locator, ...members]))
}
