import { types } from 'node:util'
import { type IntegrationError, invalidParams } from '../../errors/index.ts'

/** Deeper nesting than any field has. */
const mostLevels = 10

/** More values than any request has, counted with those inside others. */
const mostValues = 10_000

/**
 * Copies an input of the host's own code. Only data that JSON could carry
 * goes into the copy: texts, numbers, booleans, null, arrays, and plain objects
 * of own enumerable data properties. No code of the host runs, so the copy
 * that is checked is the copy that is stored. A property that is undefined is left out.
 *
 * @throws IntegrationError `invalid-params` that names the path of anything else.
 */
export function plainCopy (value: unknown): unknown {
  return copy(value, '', mostLevels, { left: mostValues })
}

function copy (value: unknown, path: string, levels: number, count: { left: number }): unknown {
  if (count.left-- === 0) throw refusal('', `The input must not have more than ${mostValues} values`)
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return value
    case 'object':
      break
    default:
      throw refusal(path, `must be data, and is a ${typeof value}`)
  }
  if (value === null) return null
  if (levels === 0) throw refusal(path, `must not be nested more than ${mostLevels} levels deep`)
  // A proxy answers each question with the host's code.
  if (types.isProxy(value)) throw refusal(path, 'must be data, and is a Proxy')
  return Array.isArray(value) ? copyArray(value, path, levels, count) : copyObject(value, path, levels, count)
}

function copyArray (array: readonly unknown[], path: string, levels: number, count: { left: number }): unknown[] {
  if (array.length > mostValues) throw refusal(path, `must not have more than ${mostValues} entries`)
  // Every array has the key "length"; the others are its entries, or do not belong to it.
  if (Reflect.ownKeys(array).length !== array.length + 1) throw refusal(path, 'must be an array without gaps and other properties')
  return Array.from({ length: array.length }, (_, index) =>
    copy(dataOf(array, String(index), `${path}/${index}`), `${path}/${index}`, levels - 1, count))
}

function copyObject (object: object, path: string, levels: number, count: { left: number }): object {
  const prototype: unknown = Object.getPrototypeOf(object)
  // An object of another realm has another Object.prototype, which has no prototype either.
  if (prototype !== null && (types.isProxy(prototype) || Object.getPrototypeOf(prototype) !== null)) {
    throw refusal(path, 'must be a plain object')
  }
  const entries: Array<[string, unknown]> = []
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === 'symbol') throw refusal(path, 'must not have symbols as keys')
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const copied = copy(dataOf(object, key, at), at, levels - 1, count)
    if (copied !== undefined) entries.push([key, copied])
  }
  // Unlike an assignment, this makes a property of the key __proto__, too.
  return Object.fromEntries(entries)
}

/** The value of an own property, read without running a getter. */
function dataOf (object: object, key: string, path: string): unknown {
  const { value, enumerable, get, set } = Object.getOwnPropertyDescriptor(object, key) ?? {}
  if (get !== undefined || set !== undefined) throw refusal(path, 'must be data, and has a getter or setter')
  if (enumerable !== true) throw refusal(path, 'must be enumerable')
  return value
}

function refusal (path: string, message: string): IntegrationError {
  return invalidParams([{ path, message }])
}
