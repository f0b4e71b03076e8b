import { type Failed, unavailable } from '../../incoming/outcome.ts'
import { BodyError, unreadable } from './body.ts'

/** The failure that an error of a request stands for. */
export function failureOf (error: unknown): Failed {
  if (error instanceof BodyError) return error.failed
  const [code, statusCode, message] = ['code', 'statusCode', 'message'].map((key): unknown => Reflect.get(Object(error), key))
  if (typeof code === 'string' && code.startsWith('FST_ERR_CTP_')) return unreadable
  // A hook of the host refused the request: a rate limit, a closed door.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode <= 499) {
    return {
      kind: 'failed',
      status: statusCode,
      code: typeof code === 'string' ? code : 'error-refused',
      error: typeof message === 'string' ? message : 'The request was refused'
    }
  }
  // A hook of the host may shed load for all routes of the host.
  if (statusCode === 503) return unavailable(error)
  return unforeseen(error)
}

/** The failure of an unforeseen error, which is logged and never sent. */
export function unforeseen (cause: unknown): Failed {
  return { kind: 'failed', status: 500, code: 'error-internal', error: 'Internal server error', cause }
}
