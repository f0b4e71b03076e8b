import { test } from 'tap'
import { InvalidOptionError, tokenHeaders } from '../../lib/index.ts'
import { unchecked } from '../support/unchecked.ts'

test('a verify that is no function fails where it is passed, and is named', (t) => {
  for (const verify of [undefined, null, 'verify', {}, Promise.resolve()]) {
    const error: unknown = (() => {
      try {
        return tokenHeaders(unchecked(verify))
      } catch (thrown) {
        return thrown
      }
    })()
    t.ok(error instanceof InvalidOptionError)
    t.match(error, { message: "fastify-chat-integrations: option 'verify' of tokenHeaders must be a function" })
  }
  t.end()
})
