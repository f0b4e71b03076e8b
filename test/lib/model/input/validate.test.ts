import fc from 'fast-check'
import { test } from 'tap'
import { validateInput } from '../../../../lib/management/input/validators.ts'
import { IntegrationError } from '../../../../lib/errors/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'

test('a body that fits comes back as the same object', (t) => {
  for (const body of [incomingBody, outgoingBody]) t.equal(validateInput(body), body)
  t.end()
})

test('any other JSON is refused with a sentence and a list, without being quoted', (t) => {
  const secret = 'secret-value-of-a-field'
  const value = fc.oneof(fc.jsonValue(), fc.constant(secret))
  const body = fc.oneof(
    value,
    fc.dictionary(fc.string(), value),
    fc.tuple(fc.constantFrom(incomingBody, outgoingBody), fc.constantFrom(...Object.keys(outgoingBody), 'token', 'script', 'alias'), value)
      .map(([valid, field, other]) => ({ ...valid, [field]: other }))
  )
  fc.assert(fc.property(body, (candidate) => {
    try {
      return validateInput(candidate) === candidate
    } catch (error) {
      if (!(error instanceof IntegrationError)) throw error
      if (error.code === 'error-invalid-integration-type') return true
      const errors = error.details?.errors ?? []
      return error.code === 'invalid-params' && errors.length > 0 && errors.length <= 20 &&
        !error.message.includes(secret) && !JSON.stringify(errors).includes(secret)
    }
  }), { numRuns: 5000, seed: 20170106 })
  t.end()
})
