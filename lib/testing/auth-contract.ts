import assert from 'node:assert/strict'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Authenticate, User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import { type Cases, type ContractOptions, registerCases } from './contract.ts'
import { patient } from './samples.ts'

/** Headers of a request by their names. */
export type RequestHeaders = Readonly<Record<string, string>>

/** A user that can log in. */
export interface Account {
  readonly user: User
  /**
   * The headers that show who calls. The user is logged in only with all of
   * them: a header that may be left out does not belong here.
   */
  readonly headers: RequestHeaders
}

/** An `authenticate` with samples of its host, as the suite `authContract` is given it. */
export interface AuthUnderTest {
  readonly authenticate: Authenticate
  /**
   * A server that does not listen, with the plugins that `authenticate` needs
   * (cookies, sessions, `request.jwtVerify`). The suite adds a route to it, so
   * each call of `create` makes a server of its own. The host closes it.
   */
  readonly app: FastifyInstance
  /** Two users with their headers. The same header has the same spelling in both. */
  readonly accounts: readonly [Account, Account]
  /** Further headers with which nobody is logged in: a session that has ended, a user that is blocked… */
  readonly refused?: readonly RequestHeaders[]
}

/** Values that show no caller, in any header. */
const emptyValues = ['', ' ', 'x', 'Bearer', 'Basic', 'Basic Og==', 'null', 'undefined', '[object Object]', '__proto__', 'constructor', '*', '\u00E9', 'a'.repeat(5000)]

const authCases: Cases<AuthUnderTest> = {
  async 'the caller is the user that the headers show' (create) {
    const { ask, accounts } = await served(create)
    for (const { user, headers } of accounts) assert.deepEqual(await ask(headers), bare(user))
  },

  async 'callers of requests side by side are told apart' (create) {
    const { ask, accounts } = await served(create)
    const asked = Array.from({ length: 40 }, (_, index) => index % 2 === 0 ? accounts[0] : accounts[1])
    const callers = await Promise.all(asked.map(async ({ headers }) => await ask(headers)))
    assert.deepEqual(callers, asked.map(({ user }) => bare(user)))
  },

  async 'without one of the headers, nobody is logged in' (create) {
    const { ask, accounts } = await served(create)
    assert.equal(await ask({}), null, 'no headers')
    for (const { headers } of accounts) {
      for (const name of Object.keys(headers)) {
        const { [name]: left, ...others } = headers
        assert.equal(await ask(others), null, `without ${name}`)
      }
    }
  },

  async 'with another value in one of the headers, nobody is logged in' (create) {
    const { ask, accounts: [{ headers }] } = await served(create)
    for (const [name, value] of Object.entries(headers)) {
      const others: ReadonlyArray<readonly [what: string, value: string]> = [
        ['its value with another character in the middle', withOtherMiddle(value)],
        ...emptyValues.map((other) => [JSON.stringify(other.slice(0, 20)), other] as const)
      ]
      for (const [what, other] of others) assert.equal(await ask({ ...headers, [name]: other }), null, `${name}: ${what}`)
    }
  },

  async 'a header of one user does not complete the headers of another' (create) {
    const { ask, accounts } = await served(create)
    const [one, other] = accounts
    for (const [name, value] of Object.entries(other.headers)) {
      const mixed: RequestHeaders = { ...one.headers, [name]: value }
      // One header alone may be all that a user needs.
      const complete = accounts.filter(({ headers }) => Object.entries(headers).every(([name, value]) => mixed[name] === value))
      const caller = await ask(mixed)
      if (complete.length === 0) assert.equal(caller, null, `${name} of another user`)
      else assert.ok(complete.some(({ user }) => user._id === caller?._id), `${name} of another user, with all that a user needs`)
    }
  },

  async 'with headers that the host refuses, nobody is logged in' (create) {
    const { ask, refused = [] } = await served(create)
    for (const [index, headers] of [{}, ...refused].entries()) assert.equal(await ask(headers), null, `refused headers ${index}`)
  }
}

/**
 * Registers the cases that every `Authenticate` must pass. The suite calls
 * `authenticate` in the hook `onRequest` of a route, as the plugin does. Nobody
 * is logged in when it answers null or undefined, or throws an error whose
 * `statusCode` is 4xx. A case throws an `AssertionError` of `node:assert/strict`.
 *
 * @param options `create` makes a server and an `authenticate`, with samples of its users.
 */
export function authContract (options: ContractOptions<AuthUnderTest>): void {
  registerCases(options, { authenticate: authCases })
}

/** The samples, and a function that asks `authenticate` who sends a request with some headers. */
interface Served extends Omit<AuthUnderTest, 'app' | 'authenticate'> {
  /** Resolves to null when nobody is logged in. */
  readonly ask: (headers: RequestHeaders) => Promise<User | null>
}

async function served (create: () => Awaitable<AuthUnderTest>): Promise<Served> {
  const { app, authenticate, ...samples } = await create()
  const outcomes = new Map<string, PromiseSettledResult<User | null>>()
  const path = '/fastify-chat-integrations-contract'
  app.get<{ Params: { question: string } }>(`${path}/:question`, {
    async onRequest (request) {
      const [outcome] = await Promise.allSettled([callerOf(authenticate, request)])
      outcomes.set(request.params.question, outcome)
    }
  }, async () => ({}))
  let questions = 0
  const ask = async (headers: RequestHeaders): Promise<User | null> => {
    const question = String(questions++)
    const { statusCode } = await app.inject({ url: `${path}/${question}`, headers })
    const outcome = outcomes.get(question)
    assert.ok(outcome !== undefined, `the server answers ${statusCode} before authenticate is called`)
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }
  return { ...samples, ask }
}

/** The caller of a request as the plugin sees it; null when nobody is logged in. */
async function callerOf (authenticate: Authenticate, request: FastifyRequest): Promise<User | null> {
  let user: User | null | undefined
  try {
    user = await authenticate(request, patient)
  } catch (error) {
    const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined
    assert.ok(typeof status === 'number' && status >= 400 && status <= 499,
      `authenticate throws an error without a statusCode of 4xx, so the answer is 503: ${String(error)}`)
    return null
  }
  if (user === null || user === undefined) return null
  for (const name of ['_id', 'username'] as const) {
    assert.ok(typeof user[name] === 'string' && user[name].trim() !== '', `the user that authenticate answers has a text as ${name}`)
  }
  return bare(user)
}

/** The properties of a user that the plugin reads. */
function bare ({ _id, username }: User): User {
  return { _id, username }
}

function withOtherMiddle (value: string): string {
  const middle = Math.floor(value.length / 2)
  return `${value.slice(0, middle)}${value[middle] === 'A' ? 'B' : 'A'}${value.slice(middle + 1)}`
}
