import type { Answer } from '../../../../lib/incoming/outcome.ts'
import type { Rule } from './case.ts'

/** Whether a sender with this rule takes the answer for success. */
export function isSuccess (rule: Rule, { status, contentType, body }: Answer): boolean {
  const isJson = contentType?.startsWith('application/json') === true
  const object: unknown = isJson ? JSON.parse(body) : undefined
  const has = (name: string, value?: unknown): boolean => typeof object === 'object' && object !== null &&
    Object.hasOwn(object, name) && (value === undefined || Reflect.get(object, name) === value)
  switch (rule) {
    case 'none': return true
    case 'below 400': return status < 400
    case '2xx': return status >= 200 && status < 300
    case '200': return status === 200
    case '200, 201, 202 or 204': return [200, 201, 202, 204].includes(status)
    case '204': return status === 204
    case 'JSON success': return has('success', true)
    case '200 and JSON success': return status === 200 && has('success', true)
    case 'ok rule': return status >= 200 && status < 300 && (isJson ? has('ok', true) : body === 'ok')
    case 'text ok': return status === 200 && body === 'ok'
    case 'JSON id': return has('id')
  }
}
