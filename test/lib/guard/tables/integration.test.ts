import fc from 'fast-check'
import { test } from 'tap'
import { integrationFrom, whyNoIntegration } from '../../../../lib/guard/tables/integration.ts'
import { anyIntegration, incomingRecord, outgoingRecord } from '../../../support/integrations.ts'
import { unchecked } from '../../../support/unchecked.ts'

test('any integration is read as it is, its fields in the same order', (t) => {
  fc.assert(fc.property(anyIntegration, (integration) => {
    const read = integrationFrom(integration)
    return JSON.stringify(read) === JSON.stringify(integration) && read !== integration
  }))
  t.end()
})

test('what is no field of the type is left out, also one level down', (t) => {
  const columns = { tenantId: 'T', password: 'P', event: 'sendMessage', undefinedColumn: undefined }
  const row = { ...incomingRecord(), ...columns, alias: undefined, _createdBy: { _id: 'a', username: 'b', email: 'E' } }
  t.strictSame(integrationFrom(row), { ...incomingRecord(), _createdBy: { _id: 'a', username: 'b' } })
  t.strictSame(integrationFrom(JSON.parse('{"__proto__":{"x":1},' + JSON.stringify(outgoingRecord()).slice(1))), outgoingRecord())
  t.end()
})

test('anything else is no integration, and what is said about it has no value in it', (t) => {
  const secret = 'SECRET'
  for (const [value, why] of [
    [null, 'it has no known type'],
    [undefined, 'it has no known type'],
    [secret, 'it has no known type'],
    [[], 'it has no known type'],
    [{ _id: secret }, 'it has no known type'],
    [{ ...incomingRecord(), type: 'constructor' }, 'it has no known type'],
    [{ ...incomingRecord(), type: 'webhook-outgoing' }, 'its field /event does not fit'],
    [incomingRecord({ channel: unchecked(secret) }), 'its field /channel does not fit'],
    [incomingRecord({ channel: unchecked([1]) }), 'its field /channel/0 does not fit'],
    [incomingRecord({ _createdAt: secret }), 'its field /_createdAt does not fit'],
    [incomingRecord({ _createdAt: unchecked(new Date(0)) }), 'its field /_createdAt does not fit'],
    [incomingRecord({ _createdBy: unchecked(secret) }), 'its field /_createdBy does not fit'],
    [outgoingRecord({ retryCount: unchecked(secret) }), 'its field /retryCount does not fit'],
    [incomingRecord({ channelIds: unchecked(secret) }), 'its field /channelIds does not fit'],
    [incomingRecord({ channelIds: unchecked([{ secret }]) }), 'its field /channelIds/0 does not fit'],
    [incomingRecord({ channelIds: Array.from({ length: 101 }, () => secret) }), 'its field /channelIds does not fit'],
    [outgoingRecord({ targetRoomId: unchecked([secret]) }), 'its field /targetRoomId does not fit']
  ] as const) {
    t.equal(integrationFrom(value), undefined)
    t.equal(whyNoIntegration(value), why)
  }
  t.end()
})
