import { type TProperties, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RefusedError } from '../refused-error.ts'

const FailureSchema = Type.Object({
  success: Type.Literal(false),
  error: Type.String(),
  errorType: Type.Optional(Type.String()),
  status: Type.Optional(Type.String()),
  message: Type.Optional(Type.String())
})

/** The replies of a route, by status: its own fields with `success`, or a failure. */
export function replies<T extends TProperties> (fields: T) {
  return { 200: Type.Object({ ...fields, success: Type.Literal(true) }), '4xx': FailureSchema, '5xx': FailureSchema }
}

/** Answers a request without a valid pair of headers, as Rocket.Chat does. */
export function sendUnauthenticated (reply: FastifyReply): FastifyReply {
  const message = 'You must be logged in to do this.'
  return reply.code(401).send({ success: false, status: 'error', error: message, message })
}

/** The error handler of the chat's routes: a client gets the envelope of Rocket.Chat after every failure. */
export function sendFailure (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof RefusedError) {
    const { code, reason } = error
    return reply.code(400).send({
      success: false,
      ...(reason === undefined ? { error: code } : { error: `${reason && `${reason} `}[${code}]`, errorType: code })
    })
  }
  const { statusCode = 500, validationContext, message } = readError(error)
  if (statusCode >= 500) {
    request.log.error(error)
    return reply.code(statusCode).send({ success: false, error: 'Internal server error' })
  }
  return reply.code(statusCode).send({
    success: false,
    error: message,
    ...(validationContext && { errorType: validationContext === 'body' ? 'invalid-params' : 'error-invalid-params' })
  })
}

/** The facts that Fastify attaches to its own errors. */
function readError (error: unknown): { message: string, statusCode?: number, validationContext?: string } {
  if (!(error instanceof Error)) return { message: String(error) }
  return {
    message: error.message,
    ...('statusCode' in error && typeof error.statusCode === 'number' && { statusCode: error.statusCode }),
    ...('validationContext' in error && typeof error.validationContext === 'string' && { validationContext: error.validationContext })
  }
}
