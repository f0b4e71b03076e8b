import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FailureReply, UnauthenticatedReply } from '../../../schemas/index.ts'
import { type FailureCode, formOf, IntegrationError, invalidParams } from '../../errors/index.ts'
import { loggable } from '../loggable.ts'

/** Seconds after which a client may ask again: when the store or an adapter is back, or the first request is done. */
const retryAfter: { readonly [code in FailureCode]?: number } = {
  'error-service-unavailable': 5,
  'error-idempotency-key-in-use': 1
}

/** With these, the client may still be sending a body that nobody reads: the connection ends with the answer. */
const endsConnection: ReadonlySet<number> = new Set([401, 413])

/**
 * The error handler of our context. After every failure of one of our requests,
 * the client gets the usual envelope, and the log gets the cause.
 */
export function sendFailure (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('cache-control', 'no-store')
  const refusal = refusalOfHost(error)
  if (refusal !== undefined) return send(request, reply, refusal.statusCode, refusal.body)

  const failure = toFailure(error, request)
  if (failure.statusCode >= 500) request.log.error({ err: loggable(failure.cause), errorType: failure.code }, failure.reason)
  else request.log.info({ errorType: failure.code }, 'integration request refused')
  const seconds = retryAfter[failure.code]
  if (seconds !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', seconds)
  return send(request, reply, failure.statusCode, envelopeOf(failure))
}

function send (
  { raw }: FastifyRequest, reply: FastifyReply, statusCode: number, body: FailureReply | UnauthenticatedReply
): FastifyReply {
  // HTTP/2 has no such header: only the request ends there, not the connection.
  if (endsConnection.has(statusCode) && raw.httpVersionMajor === 1) reply.header('connection', 'close')
  return reply.code(statusCode).send(body)
}

/** The body of a failure. */
export function envelopeOf ({ code, message, details }: IntegrationError): FailureReply | UnauthenticatedReply {
  if (code === 'error-unauthenticated') return { success: false, status: 'error', error: message, message }
  return {
    success: false,
    error: message,
    ...(formOf(code) !== 'plain' && { errorType: code }),
    ...(details && { details: { ...details } })
  }
}

function toFailure (error: unknown, request: FastifyRequest): IntegrationError {
  if (error instanceof IntegrationError) return error
  const { code, statusCode } = factsOf(error)
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new IntegrationError('error-body-too-large', { details: limitOf(request) })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new IntegrationError('error-unsupported-media-type')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalidParams([{ path: '', message: 'The body is not as long as its Content-Length says' }])
    default:
      // A host's own hook may shed load for all of its routes.
      return new IntegrationError(statusCode === 503 ? 'error-service-unavailable' : 'error-internal', { cause: error })
  }
}

function limitOf ({ routeOptions: { bodyLimit } }: FastifyRequest): { limit?: number } {
  return bodyLimit === undefined ? {} : { limit: bodyLimit }
}

/**
 * A request that one of the host's own hooks refused (a rate limit, a closed
 * door). Its status and message are the host's to choose; the envelope is ours.
 */
function refusalOfHost (error: unknown): { statusCode: number, body: FailureReply } | undefined {
  const { code, statusCode, message } = factsOf(error)
  if (error instanceof IntegrationError || code?.startsWith('FST_ERR_CTP_') === true) return undefined
  if (statusCode === undefined || statusCode < 400 || statusCode > 499) return undefined
  return {
    statusCode,
    body: { success: false, error: message ?? 'The request was refused', ...(code !== undefined && { errorType: code }) }
  }
}

interface Facts {
  readonly code: string | undefined
  readonly statusCode: number | undefined
  readonly message: string | undefined
}

function factsOf (error: unknown): Facts {
  const read = (key: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined
  const [code, statusCode, message] = [read('code'), read('statusCode'), read('message')]
  return {
    code: typeof code === 'string' ? code : undefined,
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    message: typeof message === 'string' ? message : undefined
  }
}
