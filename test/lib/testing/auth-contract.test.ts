import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { test } from 'tap'
import { type Authenticate, tokenHeaders, type User } from '../../../lib/index.ts'
import { authContract, type AuthUnderTest } from '../../../lib/testing.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'
import { unchecked } from '../../support/unchecked.ts'

const alice = { _id: 'u1', username: 'alice' }
const bob = { _id: 'u2', username: 'bob' }
const ownerOf = new Map<string, User>([['token-of-alice', alice], ['token-of-bob', bob]])

const verify = (userId: string, token: string): User | null => {
  const user = ownerOf.get(token)
  return user?._id === userId ? user : null
}

const inTwoHeaders: Pick<AuthUnderTest, 'accounts' | 'refused'> = {
  accounts: [
    { user: alice, headers: { 'x-user-id': 'u1', 'x-auth-token': 'token-of-alice' } },
    { user: bob, headers: { 'x-user-id': 'u2', 'x-auth-token': 'token-of-bob' } }
  ],
  refused: [{ 'x-user-id': 'u1', 'x-auth-token': 'token-that-has-ended' }]
}

const inOneHeader: Pick<AuthUnderTest, 'accounts'> = {
  accounts: [
    { user: alice, headers: { authorization: 'Bearer token-of-alice' } },
    { user: bob, headers: { authorization: 'Bearer token-of-bob' } }
  ]
}

function asked (authenticate: Authenticate, samples: Pick<AuthUnderTest, 'accounts' | 'refused'> = inTwoHeaders): () => AuthUnderTest {
  return () => ({ app: Fastify(), authenticate, ...samples })
}

/** As `request.jwtVerify()`: an error with a statusCode says that nobody is logged in. */
const bearer: Authenticate = async ({ headers }) => {
  const user = ownerOf.get(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '')
  if (user === undefined) throw Object.assign(new Error('Log in first'), { statusCode: 401 })
  return { ...user, role: 'more than the plugin reads' }
}

const textOf = ({ headers }: FastifyRequest, name: string): string => String(headers[name] ?? '')

const mistakes: ReadonlyArray<Mistake<AuthUnderTest>> = [
  ['an _id is a number', asked(tokenHeaders((...claim) => unchecked(verify(...claim) && { _id: 1, username: 'alice' }))),
    'authenticate: the caller is the user that the headers show'],
  ['the answer is true', asked(tokenHeaders(() => unchecked(true))), 'authenticate: the caller is the user that the headers show'],
  ['the caller is known only after onRequest', () => {
    const app: FastifyInstance = Fastify()
    app.decorateRequest('user', null)
    app.addHook('preHandler', async (request) => { Reflect.set(request, 'user', await bearer(request)) })
    return { app, authenticate: (request) => unchecked<{ user: User | null }>(request).user, ...inOneHeader }
  }, 'authenticate: the caller is the user that the headers show'],
  ['the host answers before authenticate is asked', () => {
    const app = Fastify()
    app.addHook('onRequest', async (_, reply) => { await reply.code(401).send() })
    return { app, authenticate: bearer, ...inOneHeader }
  }, 'authenticate: the caller is the user that the headers show'],
  ['requests share a variable', (() => {
    let user: User | null = null
    return asked(tokenHeaders(async (...claim) => {
      user = verify(...claim)
      await nextTurn()
      return user
    }))
  })(), 'authenticate: callers of requests side by side are told apart'],
  ['the token need not come', asked((request) => [alice, bob].find(({ _id }) => _id === textOf(request, 'x-user-id'))),
    'authenticate: without one of the headers, nobody is logged in'],
  ['a missing header is an error', asked(({ headers }) => {
    const token = unchecked<{ authorization: string }>(headers).authorization.replace('Bearer ', '')
    return ownerOf.get(token)
  }, inOneHeader), 'authenticate: without one of the headers, nobody is logged in'],
  ['a token that is no JSON is an error', asked((request) => {
    const { 'x-user-id': userId, 'x-auth-token': token } = request.headers
    if (userId === undefined || token === undefined) return null
    const user = verify(String(userId), String(token))
    if (user === null) JSON.parse(String(token))
    return user
  }), 'authenticate: with another value in one of the headers, nobody is logged in'],
  ['only the beginning of a token counts', asked(tokenHeaders((userId, token) => {
    const users = [alice, bob].filter(({ _id, username }) => _id === userId && token.slice(0, 6) === `token-of-${username}`.slice(0, 6))
    return users[0]
  })), 'authenticate: with another value in one of the headers, nobody is logged in'],
  ['a token fits every user', asked(tokenHeaders((userId, token) => ownerOf.has(token) ? [alice, bob].find(({ _id }) => _id === userId) : null)),
    'authenticate: a header of one user does not complete the headers of another'],
  ['a session that has ended counts', asked(tokenHeaders((userId, token) => token === 'token-that-has-ended' ? alice : verify(userId, token))),
    'authenticate: with headers that the host refuses, nobody is logged in']
]

for (const [form, create] of Object.entries({ tokenHeaders: asked(tokenHeaders(verify)), 'an error with a statusCode': asked(bearer, inOneHeader) })) {
  test(`an authenticate without a mistake passes every case, all at the same time: ${form}`, (t) => passesAtOnce(t, authContract, create))
}

test('users that are known by different headers pass as well', (t) => passesAtOnce(t, authContract, asked(
  async (request) => verify(textOf(request, 'x-user-id'), textOf(request, 'x-auth-token')) ?? await bearer(request),
  { accounts: [inTwoHeaders.accounts[0], inOneHeader.accounts[1]] })))

test('the suite of authenticate finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, authContract, mistakes)
  t.strictSame(casesWithoutMistake(authContract, mistakes), [])
})
