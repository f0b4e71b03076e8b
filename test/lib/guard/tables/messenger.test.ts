import { test } from 'tap'
import { messenger } from '../../../../lib/guard/tables/messenger.ts'
import { PostRefusedError } from '../../../../lib/index.ts'
import type { Messenger, PostRequest } from '../../../../lib/ports/messenger.ts'
import { callsOf } from '../../../support/calls.ts'
import { unchecked } from '../../../support/unchecked.ts'

const request: PostRequest = {
  as: { _id: 'rocket.cat', username: 'rocket.cat' },
  to: { room: { _id: 'GENERAL' } },
  message: { text: 'a', parseUrls: true, groupable: false, bot: { i: 'hook' } },
  integration: { _id: 'hook', name: 'Hook', type: 'webhook-incoming' }
}

async function ask (method: 'post' | 'check', port: unknown, milliseconds?: number): Promise<unknown> {
  const calls = callsOf({ messenger: unchecked<Messenger>(port) }, milliseconds)
  return method === 'post' ? await calls.ask(messenger.post, request) : await calls.ask(messenger.check, request)
}

test('the answer is the _id of the message, at once or later', async (t) => {
  for (const answer of [{ _id: 'm1', text: 'more' }, Promise.resolve({ _id: 'm1' })]) t.strictSame(await ask('post', { post: () => answer }), { _id: 'm1' })
})

test('any other answer is a failure of the messenger', async (t) => {
  for (const answer of [undefined, null, 'm1', 5, true, {}, [], { _id: '' }, { _id: ' ' }, { _id: 5 }, { id: 'm1' }, new PostRefusedError('error-not-allowed'), { get _id () { throw new Error('getter') } }]) {
    for (const post of [() => answer, async () => answer]) {
      await t.rejects(ask('post', { post }), { code: 'error-service-unavailable', cause: { message: /^messenger\.post / } })
    }
  }
  await t.rejects(ask('post', { post: () => ({ _id: 5 }) }), {
    cause: { code: 'FCI_ERR_ADAPTER_ANSWER', message: 'messenger.post must answer the _id of the posted message; _id must be a text that is not blank, not a number' }
  })
})

test('a check may answer anything, and a messenger without one refuses nothing', async (t) => {
  for (const answer of [undefined, true, false, { _id: 'm' }, Promise.resolve('x')]) t.equal(await ask('check', { post () {}, check: () => answer }), undefined)
  t.equal(await ask('check', { post () {} }), undefined)
})

test('a refusal is told by its class, or by its code: the host may have another copy of this package', async (t) => {
  class PostRefusedOfAnotherCopy extends Error {
    readonly code = 'FCI_ERR_POST_REFUSED'
    readonly refusal: unknown
    constructor (refusal: unknown) { super('refused'); this.refusal = refusal }
  }
  for (const [thrown, refusal] of [
    [new PostRefusedError('room_is_blocked'), 'room_is_blocked'],
    [new PostRefusedError(' '), 'unknown-error'],
    [new PostRefusedError(unchecked(undefined)), 'unknown-error'],
    [new PostRefusedOfAnotherCopy('You_have_been_muted'), 'You_have_been_muted'],
    [new PostRefusedOfAnotherCopy(''), 'unknown-error'],
    [new PostRefusedOfAnotherCopy(5), 'unknown-error'],
    [{ code: 'FCI_ERR_POST_REFUSED', refusal: 'error-not-allowed' }, 'error-not-allowed']
  ] as const) {
    for (const fail of [() => { throw thrown }, async () => { throw thrown }]) {
      for (const method of ['post', 'check'] as const) {
        const error = await ask(method, { post: fail, check: fail }).then(() => null, (reason: unknown) => reason)
        t.ok(error instanceof PostRefusedError)
        t.match(error, { refusal, code: 'FCI_ERR_POST_REFUSED' })
      }
    }
  }
})

test('anything else that is thrown is a failure of the messenger', async (t) => {
  for (const thrown of [new Error('away'), 'text', undefined, null, { refusal: 'x' }, Object.assign(new Error('x'), { code: 'E_OTHER', refusal: 'x' })]) {
    for (const method of ['post', 'check'] as const) {
      await t.rejects(ask(method, { post: () => { throw thrown }, check: async () => { throw thrown } }), {
        code: 'error-service-unavailable', cause: { code: 'FCI_ERR_ADAPTER_FAILED', message: `messenger.${method} failed` }
      })
    }
  }
})

test('a messenger that does not answer is given up, and told so', async (t) => {
  const signals: AbortSignal[] = []
  const hang = (_request: unknown, { signal }: { signal: AbortSignal }): Promise<never> => { signals.push(signal); return new Promise(() => {}) }
  for (const method of ['post', 'check'] as const) {
    await t.rejects(ask(method, { post: hang, check: hang }, 20), { cause: { code: 'FCI_ERR_ADAPTER_TIMEOUT', message: `messenger.${method} did not answer within adapterTimeout` } })
  }
  t.strictSame(signals.map(({ aborted }) => aborted), [true, true])
})

test('methods keep their this', async (t) => {
  class Chat {
    readonly #id = 'm1'
    post (): { _id: string } { return { _id: this.#id } }
    check (): void { if (this.#id !== 'm1') throw new Error('this is lost') }
  }
  t.strictSame(await ask('post', Object.freeze(new Chat())), { _id: 'm1' })
  await t.resolves(ask('check', new Chat()))
})
