import fc from 'fast-check'
import { anyJson, anyText } from './json.ts'

/** Text as a query can hold it; halves of surrogate pairs have no place in an URL. */
export function encode (text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
}

const encoded = anyText.map(encode)

const number = fc.constantFrom(
  '0', '1', '2', '50', '100', '101', '007', '-0', '-1', '+1', '1.0', '1e3', '0x10', ' 1', '1 ', '', '١', '9007199254740991', '9007199254740993',
  '999999999999999', '1000000000000000', '9'.repeat(400), 'NaN', 'Infinity', 'null', '[]'
)

const sort = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom('_createdAt', 'name', 'username', '_updatedAt', 'type', 'enabled', '__proto__', 'constructor', 'token', 'script', ''),
      fc.constantFrom('1', '-1', '1.0', '-1e0', '0', '2', '"1"', 'true', 'null', '{}', '1e400')
    ).map(([field, direction]) => `{${JSON.stringify(field)}:${direction}}`)
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '', ' ', 'name', '{}', '[]', '[1]', 'null', '1', '"name"', '{"name":1,"type":1}', '{"name":1,"name":-1}', '{"name":{"$gt":""}}', '{"name":1}x',
      '{"__proto__":{"name":1}}', '[["name",1]]', ' {"name" : 1} ', '{"n\\u0061me":1}', '{'.repeat(50), '['.repeat(4000)
    )
  },
  { weight: 1, arbitrary: anyJson.filter(({ length }) => length < 4000) }
).map(encode)

/** Parts of queries that no client means. */
const odd = fc.constantFrom(
  '', '&', '=', '==', '&&', '?', '%', '%z', '%zz', '%00', '%ff', '%c3%28', '%ed%a0%bd', '%u0041', '+', '__proto__=1', '__proto__[name]=1', 'constructor=1',
  'toString', 'name[]=a', 'name[$gt]=', 'name.x=1', 'type=webhook-incoming&type=webhook-outgoing', 'offset=1&offset=2', 'sort=1&sort=1',
  'integrationId=a&integrationId=b', 'createdBy=a&createdBy=b', 'name=%zz', 'name=%ff', 'name=%00', 'Name=a', 'NAME', '%6eame=a', 'sort=%7B%22name%22:1}', ';a=1'
)

/** Queries of `integrations.list`. */
export const listQuery: fc.Arbitrary<string> = fc.array(fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom('offset', 'count'), number.map(encode)).map((pair) => pair.join('=')) },
  { weight: 8, arbitrary: sort.map((value) => `sort=${value}`) },
  { weight: 6, arbitrary: encoded.map((value) => `name=${value}`) },
  { weight: 4, arbitrary: fc.constantFrom('type=webhook-incoming', 'type=webhook-outgoing', 'type=', 'type=webhook') },
  { weight: 2, arbitrary: fc.tuple(encoded, encoded).map((pair) => pair.join('=')) },
  { weight: 3, arbitrary: odd }
), { maxLength: 3 }).map((parts) => parts.join('&'))

/** What can follow `id=…` in a query of `integrations.history`. */
export const historyQueryEnd: fc.Arbitrary<string> = fc.array(fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom('offset', 'count'), number.map(encode)).map((pair) => pair.join('=')) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('sort', 'query', 'fields'), encoded).map((pair) => pair.join('=')) },
  { weight: 1, arbitrary: fc.tuple(encoded, encoded).map((pair) => pair.join('=')) },
  { weight: 1, arbitrary: odd }
), { maxLength: 2 }).map((parts) => parts.map((part) => `&${part}`).join(''))

/** What can follow `integrationId=…` in a query of `integrations.get`. */
export const getQueryEnd: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('&createdBy=owner', '&createdBy=', '&createdBy=overseer', '&createdBy=%7Bowner%7D') },
  { weight: 1, arbitrary: encoded.map((value) => `&createdBy=${value}`) },
  { weight: 1, arbitrary: odd.map((value) => `&${value}`) }
)
