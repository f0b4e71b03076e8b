import fc from 'fast-check'
import { test } from 'tap'
import { MemoryStore, type Messenger, PostRefusedError, type PostRequest } from '../../lib/index.ts'
import { nameOf } from '../support/chat-messenger.ts'
import { startClient } from '../support/client.ts'
import { hookPath } from '../support/hook-host.ts'
import { patient } from '../support/integrations.ts'
import { hookRecord } from '../support/ports.ts'
import { send } from '../support/send.ts'
import { often } from '../support/soak.ts'
import { unchecked } from '../support/unchecked.ts'

/** The option `incoming.timeout`, in milliseconds: more than a busy machine takes for all requests that do not hang. */
const timeout = 4000
/** How late an answer may be on a machine that is busy with something else. */
const margin = 20_000

const destinations = ['#GENERAL', '#teamId', '#secretId', '@ownerId'] as const

/** What a messenger does: answers at once or a moment later, refuses, throws, answers no `_id`, or never answers. */
const behaviours = ['at once', 'later', 'refuses', 'refuses later', 'throws', 'throws later', 'garbage', 'garbage later', 'hangs'] as const
type Behaviour = typeof behaviours[number]

const garbage = [undefined, null, 0, 'message-1', {}, { _id: '' }, { _id: 7 }, [], Symbol('x'), { get _id (): string { throw new Error('a getter') } }]

const usual = fc.constantFrom<Behaviour>('at once', 'later')
const any = fc.oneof({ weight: 3, arbitrary: usual }, { weight: 2, arbitrary: fc.constantFrom(...behaviours.filter((behaviour) => behaviour !== 'hangs')) })

/** The behaviours of one request, by destination. */
const plan = fc.record({
  places: fc.uniqueArray(fc.constantFrom(...destinations), { minLength: 1 }),
  check: fc.array(any, { minLength: 4, maxLength: 4 }),
  post: fc.array(any, { minLength: 4, maxLength: 4 }),
  isSeparate: fc.boolean(),
  hasId: fc.boolean()
})
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never

const refuses = (behaviour: Behaviour | undefined): boolean => behaviour?.startsWith('refuses') === true
const fails = (behaviour: Behaviour | undefined): boolean => behaviour !== undefined && /^(?:throws|garbage|hangs)/.test(behaviour)
/** Any answer of `check` is good. */
const failsInCheck = (behaviour: Behaviour | undefined): boolean => behaviour !== undefined && /^(?:throws|hangs)/.test(behaviour)

/** What the contract says about a plan: the status, and where something is posted. */
function expected ({ places, check, post, isSeparate }: Plan): { readonly status: number, readonly asked: string[], readonly posted: string[] } {
  const passed = places.filter((_, index) => !refuses(check[index]) && !failsInCheck(check[index]))
  const failedInCheck = places.some((_, index) => failsInCheck(check[index]))
  if (!isSeparate && passed.length < places.length) return { status: failedInCheck ? 503 : 400, asked: [], posted: [] }
  const posted = passed.filter((place) => !refuses(post[places.indexOf(place)]) && !fails(post[places.indexOf(place)]))
  const failed = (isSeparate && failedInCheck) || passed.some((place) => fails(post[places.indexOf(place)]))
  return { status: posted.length > 0 ? 200 : failed ? 503 : 400, asked: passed, posted }
}

/** A messenger that behaves in each request as planned: the text of the message is the number of the plan. */
class PlannedMessenger implements Messenger {
  /** The destinations where a message was posted, and where it was asked for, by text. */
  readonly posted = new Map<string, string[]>()
  readonly asked = new Map<string, string[]>()
  readonly #plans: readonly Plan[]
  #messages = 0

  constructor (plans: readonly Plan[]) {
    this.#plans = plans
  }

  check (request: PostRequest): ReturnType<NonNullable<Messenger['check']>> {
    return unchecked(this.#act(request, 'check', () => undefined))
  }

  post (request: PostRequest): ReturnType<Messenger['post']> {
    const place = nameOf(request.to)
    const { text } = request.message
    this.asked.set(text, [...this.asked.get(text) ?? [], place])
    return unchecked(this.#act(request, 'post', () => {
      this.posted.set(text, [...this.posted.get(text) ?? [], place])
      return { _id: `message-${this.#messages++}` }
    }))
  }

  #act ({ to, message }: PostRequest, method: 'check' | 'post', succeed: () => unknown): unknown {
    const plan = this.#plans[Number(message.text)]
    const behaviour = plan?.[method][plan.places.findIndex((place) => place === nameOf(to))] ?? 'hangs'
    if (behaviour === 'hangs') return new Promise(() => {})
    const act = (): unknown => {
      if (refuses(behaviour)) throw new PostRefusedError('room_is_blocked')
      if (behaviour.startsWith('throws')) throw new Error('the chat is away')
      return behaviour.startsWith('garbage') ? garbage[Number(message.text) % garbage.length] : succeed()
    }
    return behaviour.endsWith('later') ? new Promise((resolve) => setTimeout(resolve, Number(message.text) % 20)).then(act) : act()
  }
}

const count = often(300, 10_000)
const atOnce = 100

test(`a messenger that refuses, fails and answers nonsense, in ${count} requests`, { timeout: 0 }, async (t) => {
  const plans = fc.sample(plan, { seed: 20_170_106, numRuns: count })
  const messenger = new PlannedMessenger(plans)
  const store = new MemoryStore()
  store.insert(hookRecord({ overrideDestinationChannelEnabled: true }), {}, patient)
  const { url } = await startClient(t, { store, messenger, incoming: { timeout: 60_000, rateLimit: false } })

  const counts = new Map<number, number>()
  const deliver = async (number: number): Promise<number> => {
    const { places, isSeparate, hasId } = plans[number] ?? { places: [], isSeparate: false, hasId: false }
    const body = JSON.stringify({ text: String(number), channel: places, separateResponse: isSeparate })
    const { status } = await send(url + hookPath(), { body, headers: hasId ? { 'idempotency-key': String(number) } : {} })
    return status
  }
  const check = (number: number, status: number, round: string): void => {
    const plan = plans[number]
    if (plan === undefined) return
    const { status: right, asked, posted } = expected(plan)
    const found = { status, asked: messenger.asked.get(String(number)) ?? [], posted: messenger.posted.get(String(number)) ?? [] }
    // A delivery that was posted anywhere is posted nowhere a second time; one that was not is tried again.
    const times = round === 'again' && !(plan.hasId && posted.length > 0) ? 2 : 1
    const repeated = (list: readonly string[]): string[] => Array.from({ length: times }, () => list).flat()
    t.strictSame({ ...found, asked: found.asked.toSorted(), posted: found.posted.toSorted() },
      { status: right, asked: repeated(asked).toSorted(), posted: repeated(posted).toSorted() }, `${round}: ${JSON.stringify(plan)}`)
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  for (let start = 0; start < count; start += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - start) }, (_, index) => start + index)
    for (const round of ['first', 'again']) {
      const answers = await Promise.all(numbers.map(deliver))
      for (const [index, number] of numbers.entries()) check(number, answers[index] ?? 0, round)
    }
  }
  t.comment(Object.fromEntries(counts))
  t.strictSame([...counts.keys()].sort(), [200, 400, 503])
})

test('a messenger that never answers: 503 within the time, nothing is posted that was not checked, and no other sender waits', async (t) => {
  const hang = { places: [...destinations], isSeparate: false, hasId: true } as const
  const fine: Behaviour[] = ['at once', 'at once', 'at once', 'at once']
  const plans: Plan[] = Array.from({ length: 100 }, (_, number) => ({
    ...hang,
    places: [...hang.places],
    check: number % 2 === 0 ? ['at once', 'later', 'at once', 'hangs'] : fine,
    post: number % 2 === 0 ? fine : ['hangs', 'hangs', 'hangs', 'hangs']
  }))
  const usual = plans.push({ ...hang, places: ['#GENERAL'], check: fine, post: fine }) - 1
  const messenger = new PlannedMessenger(plans)
  const store = new MemoryStore()
  store.insert(hookRecord({ overrideDestinationChannelEnabled: true }), {}, patient)
  const { url } = await startClient(t, { store, messenger, incoming: { timeout, rateLimit: false } })
  const deliver = (number: number): ReturnType<typeof send> => send(url + hookPath(), {
    body: JSON.stringify({ text: String(number), channel: plans[number]?.places }), headers: { 'idempotency-key': `delivery ${number}` }
  })

  const begun = performance.now()
  let over = 0
  const waiting = plans.slice(0, usual).map(async (_, number) => {
    const answer = await deliver(number)
    over++
    return { ...answer, after: performance.now() - begun }
  })
  t.equal((await deliver(usual)).status, 200, 'a message for a chat that answers is posted meanwhile')
  t.equal(over, 0)
  for (const [number, { status, headers, after }] of (await Promise.all(waiting)).entries()) {
    t.equal(status, 503)
    t.match(headers['retry-after'], /^[1-9]\d*$/)
    t.ok(after > timeout * 0.9 && after < timeout + margin, `after ${after.toFixed(0)} ms`)
    t.equal(messenger.asked.has(String(number)), number % 2 === 1, 'only what was checked everywhere is asked to be posted')
  }
})
