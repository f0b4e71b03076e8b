import { Buffer } from 'node:buffer'
import { verify } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { test } from 'tap'
import { signatureHeaders } from '../../../lib/transport/signatures.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
const earlier = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const text = '{"text":"Größe 😀"}'
const body = Buffer.from(text)

function now (): number {
  return Math.floor(Date.now() / 1000)
}

test('the test vector of Standard Webhooks and the one of GitHub', async (t) => {
  const vector = signatureHeaders(
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }, Buffer.from('{"test": 2432232314}'), 1614265330)
  t.equal(vector['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  t.equal(vector['webhook-timestamp'], '1614265330')
  t.equal(vector['webhook-id'], 'msg_p5jXN8AQM9LWM0D4loKWxJek')
  const gitHub = signatureHeaders({ id: 'm', secrets: ["It's a Secret to Everybody"] }, Buffer.from('Hello, World!'), 0)
  t.equal(gitHub['x-hub-signature-256'], 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17')
})

test('three libraries verify the signatures', async (t) => {
  const headers = signatureHeaders({ id: 'msg_1', secrets: [secret] }, body, now())
  t.strictSame(new Webhook(secret).verify(text, headers), JSON.parse(text))
  t.strictSame(new SvixWebhook(secret).verify(text, headers), JSON.parse(text))
  t.ok(await verify(secret, text, headers['x-hub-signature-256'] ?? ''))
  t.notOk(await verify(secret, `${text} `, headers['x-hub-signature-256'] ?? ''))
  t.throws(() => new Webhook(secret).verify(`${text} `, headers), 'another body')
  t.throws(() => new Webhook(earlier).verify(text, headers), 'another secret')
  t.throws(() => new Webhook(secret).verify(text, { ...headers, 'webhook-id': 'msg_2' }), 'another delivery')
})

test('while a renewed secret is young, receivers with either secret verify', async (t) => {
  const headers = signatureHeaders({ id: 'msg_1', secrets: [secret, earlier] }, body, now())
  t.match(headers['webhook-signature'], /^v1,\S{44} v1,\S{44}$/)
  for (const one of [secret, earlier]) {
    t.strictSame(new Webhook(one).verify(text, headers), JSON.parse(text))
    t.strictSame(new SvixWebhook(one).verify(text, headers), JSON.parse(text))
  }
  t.ok(await verify(secret, text, headers['x-hub-signature-256'] ?? ''), 'GitHub has room for one: that of the newest')
})

test('without a secret there is no signature, and an empty key signs nothing', async (t) => {
  t.strictSame(signatureHeaders({ id: 'm', secrets: [] }, body, 0), { 'webhook-id': 'm', 'webhook-timestamp': '0' })
  for (const empty of ['', 'whsec_', 'whsec_!!']) {
    t.throws(() => signatureHeaders({ id: 'm', secrets: [empty] }, body, 0), { message: 'a secret of the integration is empty' }, empty)
  }
})
