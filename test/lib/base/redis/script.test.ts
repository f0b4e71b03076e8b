import { test } from 'tap'
import { isUnknownScript, runScript, script } from '../../../../lib/base/redis/script.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'

test('a script runs whether Redis knows it or not', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const echo = script('return { KEYS[1], ARGV[1] }')
  for (let turn = 0; turn < 2; turn++) t.strictSame(await runScript(redis, echo, ['key'], ['value']), ['key', 'value'])
  await redis.script('FLUSH')
  t.strictSame(await runScript(redis, echo, ['key'], ['value']), ['key', 'value'])
})

test('an error of a script is thrown, and the script is not run again', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const fails = script("redis.call('INCR', KEYS[1]) return redis.error_reply('WRONG it fails')")
  for (let turn = 1; turn < 3; turn++) {
    await t.rejects(runScript(redis, fails, ['count'], []), { message: /it fails/ })
    t.equal(await redis.get('count'), String(turn))
  }
  t.ok(isUnknownScript('NOSCRIPT No matching script.'))
  t.notOk(isUnknownScript('WRONG NOSCRIPT'))
})
