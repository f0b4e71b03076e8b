import { test } from 'tap'
import { RedisStore } from '../../../../lib/redis.ts'
import { incomingBody } from '../../../support/bodies.ts'
import { startClient } from '../../../support/client.ts'
import { integrationOf, newClaim, outgoingRecord, patient } from '../../../support/integrations.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { credentials, members } from '../../../support/workspace.ts'

test('RedisStore expires every key', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const claim = newClaim({ lapsesAfter: 5000, keptFor: 86_400_000 })
  const key = `{chat-integrations}:idempotency:${claim.key}`
  await store.claim(claim, patient)
  const lapses = await redis.pttl(key)
  t.ok(lapses > 4000 && lapses <= 5000, String(lapses))
  await store.insert(outgoingRecord(), { once: { claim, answer: 'done' } }, patient)
  const kept = await redis.pttl(key)
  t.ok(kept > 86_390_000 && kept <= 86_400_000, String(kept))
})

test('RedisStore leaves neither record nor key behind when Redis stops the script on the way', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const claim = newClaim()
  await store.claim(claim, patient)
  await redis.set('{chat-integrations}:changes', 'not ours')
  await t.rejects(store.insert(outgoingRecord(), { once: { claim, answer: 'done' } }, patient), { name: 'ReplyError' })
  t.strictSame(await redis.keys('*'), ['{chat-integrations}:changes'])
})

test('RedisStore reports a damaged key, without its content', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  for (const text of ['', 'SECRET', '|SECRET', '1||SECRET', 'x|f|SECRET', '1|f|{"token":"SECRET"}', '1|f|=SECRET', '1|f|={"token":"SECRET"}', '1|f|?SEC RET', '1|f|?']) {
    const claim = newClaim()
    await redis.set(`{chat-integrations}:idempotency:${claim.key}`, text)
    const error: unknown = await store.claim(claim, patient).then(() => undefined, (error: unknown) => error)
    t.match(error, { code: 'FCI_ERR_RECORD_DAMAGED' }, text)
    t.notMatch(String(error), 'SECRET')
  }
})

test('RedisStore recognises a claim that comes again because its reply was lost', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const claim = newClaim()
  t.equal(await store.claim(claim, patient), null)
  t.equal(await store.claim(claim, patient), null)
  t.not(await store.claim(newClaim({ key: claim.key }), patient), null)
})

test('RedisStore reports a key of a later version as that', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const claim = newClaim()
  await redis.set(`{chat-integrations}:idempotency:${claim.key}`, '2|fingerprint|={"later":true}')
  await t.rejects(new RedisStore({ redis }).claim(claim, patient), { code: 'FCI_ERR_RECORD_TOO_NEW' })
})

test('what is kept under a key is small and holds no secret, whatever was created', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const client = await startClient(t, { store: new RedisStore({ redis }) })
  const script = '/* SECRET */\n'.repeat(4000)
  const reply = await client.post(JSON.stringify({ ...incomingBody, script }), {
    ...credentials(members.admin), 'content-type': 'application/json', 'idempotency-key': 'key'
  })
  const { _id: integrationId, type } = integrationOf(reply.body)
  const [key = ''] = await redis.keys('{chat-integrations}:idempotency:*')
  const kept = await redis.get(key) ?? ''
  t.match(kept, /^1\|[\w-]{43}\|="\w{17}"$/)
  t.ok(kept.includes(integrationId))
  t.equal((await client.send('remove', { type, integrationId })).status, 200)
  const strings = (await redis.keys('*')).filter((name) => /:(?:integration|idempotency|removed):/.test(name))
  const left = await Promise.all(strings.map((name) => redis.get(name)))
  t.ok(left.join().length < 300, 'nothing of a removed integration is left')
})
