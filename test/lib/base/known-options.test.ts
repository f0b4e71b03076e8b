import { test } from 'tap'
import { requireKnownOptions } from '../../../lib/base/known-options.ts'

const known = ['redis', 'keyPrefix', 'maxInFlight']

test('names the known option that an unknown one resembles', async (t) => {
  for (const [name, closest] of [['prefix', 'keyPrefix'], ['keyprefix', 'keyPrefix'], ['maxInflight', 'maxInFlight'], ['Redis', 'redis']]) {
    t.throws(() => requireKnownOptions({ [name ?? '']: 1 }, known, 'RedisStore'), {
      code: 'FCI_ERR_INVALID_OPTION',
      message: `fastify-chat-integrations: option '${name}' of RedisStore is not known; did you mean '${closest}'?`
    })
  }
  t.throws(() => requireKnownOptions({ nothingLikeIt: undefined }, known), {
    message: "fastify-chat-integrations: option 'nothingLikeIt' is not known"
  })
})

test('names the section that the option is in', async (t) => {
  t.throws(() => requireKnownOptions({ keyprefix: 1 }, known, undefined, 'incoming.'), {
    message: "fastify-chat-integrations: option 'incoming.keyprefix' is not known; did you mean 'incoming.keyPrefix'?"
  })
})

test('passes what is known, or nothing', async (t) => {
  for (const options of [{ redis: 1, maxInFlight: undefined }, {}, null, undefined]) {
    t.doesNotThrow(() => requireKnownOptions(options, known))
  }
})
