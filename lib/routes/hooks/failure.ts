import type { Failed } from '../../incoming/outcome.ts'
import { BodyError } from './body.ts'

/** The body did not arrive as it was announced, or the sender went away. */
const unreadable: Failed = {
  kind: 'failed',
  status: 400,
  code: 'error-invalid-payload',
  error: 'The body could not be read to its end [error-invalid-payload]'
}

/** The failure that an error of a request stands for. */
export function failureOf (error: unknown): Failed {
  if (error instanceof BodyError) return error.failed
  const [code, statusCode, message] = ['code', 'statusCode', 'message'].map((key): unknown => Reflect.get(Object(error), key))
  if (code === 'ECONNRESET' || (typeof code === 'string' && code.startsWith('FST_ERR_CTP_'))) return unreadable
  // A hook of the host refused the request: a rate limit, a closed door.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode <= 499) {
    return {
      kind: 'failed',
      status: statusCode,
      code: typeof code === 'string' ? code : 'error-refused',
      error: typeof message === 'string' ? message : 'The request was refused'
    }
  }
  return { kind: 'failed', status: 500, code: 'error-internal', error: 'Internal server error', cause: error }
}
