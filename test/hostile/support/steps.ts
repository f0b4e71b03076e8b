import fc from 'fast-check'
import { createBody, otherBody, updateBody } from './bodies.ts'
import { callers, overseer } from './callers.ts'
import { type Endpoint, endpoints } from './documented.ts'
import { anyJson, anyText, type Members, writtenText } from './json.ts'
import { encode, getQueryEnd, historyQueryEnd, listQuery } from './queries.ts'
import { type Step, theIntegration, theType } from './story.ts'

const it = JSON.stringify(theIntegration)

/** Members that name an integration: mostly one that there is. */
const locator: fc.Arbitrary<Members> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Members>(
      [['type', JSON.stringify(theType)], ['integrationId', it]],
      [['type', JSON.stringify(theType)], ['integrationId', it]],
      [['type', '"webhook-incoming"'], ['integrationId', it]],
      [['type', '"webhook-outgoing"'], ['target_url', '" http://shared.example/ "'], ['integrationId', 'null']],
      [['type', '"webhook-outgoing"'], ['target_url', '"http://a.example"']],
      [['integrationId', it]],
      [['type', JSON.stringify(theType)], ['integrationId', `"${theIntegration}\\u0000"`]]
    )
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(JSON.stringify(theType), '"webhook-outgoing"'), fc.constantFrom('integrationId', 'target_url'), fc.oneof(writtenText, anyJson))
      .map(([type, name, value]): Members => [['type', type], [name, value]])
  }
)

const id = fc.oneof({ weight: 4, arbitrary: fc.constant(theIntegration) }, { weight: 1, arbitrary: anyText.map(encode) })

/** Bodies that want no type; with one, they are refused. */
const bodyWithoutType = fc.oneof({ weight: 3, arbitrary: otherBody([['integrationId', it]]) }, { weight: 1, arbitrary: locator.chain(otherBody) })

const contents: Readonly<Record<Endpoint, fc.Arbitrary<string>>> = {
  create: createBody,
  list: listQuery,
  get: fc.tuple(id, getQueryEnd).map(([id, end]) => `integrationId=${id}${end}`),
  update: locator.chain(updateBody),
  remove: locator.chain(otherBody),
  regenerateToken: bodyWithoutType,
  history: fc.tuple(id, historyQueryEnd).map(([id, end]) => `id=${id}${end}`),
  clearHistory: bodyWithoutType
}

const endpoint = fc.constantFrom<Endpoint>('create', 'create', 'create', 'update', 'update', 'update', ...endpoints)

const caller = fc.oneof({ weight: 1, arbitrary: fc.constant(overseer) }, { weight: 2, arbitrary: fc.constantFrom(...callers) })

/** One hostile request. */
export const step: fc.Arbitrary<Step> = endpoint.chain((endpoint) =>
  fc.record({ caller, endpoint: fc.constant(endpoint), which: fc.nat(60), content: contents[endpoint] }))
