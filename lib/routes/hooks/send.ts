import type { FastifyReply, FastifyRequest } from 'fastify'
import { IntegrationError } from '../../errors/index.ts'
import type { Answer, Failed, Wishes } from '../../incoming/outcome.ts'
import { defaultProfile } from '../../incoming/profiles/default.ts'
import type { Profile } from '../../incoming/profiles/profile.ts'
import type { HookReply } from '../../incoming/receive.ts'
import { loggable } from '../loggable.ts'

/** Sends an answer that a profile has worded. */
export function sendAnswer (reply: FastifyReply, { status, contentType, body }: Answer): FastifyReply {
  reply.code(status).header('cache-control', 'no-store')
  return contentType === undefined ? reply.send() : reply.header('content-type', contentType).send(body)
}

/** Sends the answer to a request whose sender may post. */
export function sendReply (
  request: FastifyRequest, reply: FastifyReply, { answer, replayed, failed, causes }: HookReply, integrationId: string
): FastifyReply {
  if (replayed) reply.header('idempotent-replayed', 'true')
  for (const cause of causes) request.log.error({ err: loggable(reasonOf(cause)), integrationId }, 'a part of a hook request failed')
  if (failed === undefined) return sendAnswer(reply, answer)
  logFailure(request, failed, integrationId)
  return sendAnswer(withHeaders(reply, failed), answer)
}

/** Sends the answer to a request that was refused before its body was read. */
export function sendFailure (
  request: FastifyRequest, reply: FastifyReply, failed: Failed, profile: Profile = defaultProfile, wishes: Wishes = { wait: false }
): FastifyReply {
  logFailure(request, failed)
  endConnection(request, reply)
  return sendAnswer(withHeaders(reply, failed), profile.answer(failed, wishes))
}

/** Lets the connection end with the answer: the sender may still be sending a body that nobody reads. */
export function endConnection ({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.httpVersionMajor === 1) reply.header('connection', 'close')
  // HTTP/2 has no such header: only the request ends there. Fastify sets the header all the same when a body cannot be parsed.
  else reply.removeHeader('connection')
}

function withHeaders (reply: FastifyReply, { retryAfter }: Failed): FastifyReply {
  return retryAfter === undefined ? reply : reply.header('retry-after', retryAfter)
}

function logFailure ({ log }: FastifyRequest, { status, cause, code, error }: Failed, integrationId?: string): void {
  const facts = {
    ...(cause !== undefined && { err: loggable(reasonOf(cause)) }),
    errorType: code,
    ...(integrationId !== undefined && { integrationId })
  }
  // A refusal is no fault of this server, also when the messenger gives a reason. Nor is an integration that is switched off.
  if (status < 500 || cause === undefined) log.info(facts, 'hook request refused')
  else log.error(facts, error)
}

/** The error of the adapter behind the error of the guard. */
function reasonOf (error: unknown): unknown {
  return error instanceof IntegrationError && error.cause !== undefined ? error.cause : error
}
