import type { SentRequest, TransportAnswer } from '../../ports/transport.ts'
import { field, isPayload } from '../message/payload.ts'
import type { ScriptRequest } from './prepare.ts'

/** An answer of a receiver, and the request that it answers. */
export interface AnsweredRequest {
  /** The result of `prepare_outgoing_request`, or the plain request. */
  readonly request: ScriptRequest
  readonly sent: Pick<SentRequest, 'url' | 'method' | 'headers' | 'body'>
  readonly answer: Pick<TransportAnswer, 'status' | 'headers' | 'text'>
}

/** The only argument of `process_outgoing_response`. JSON data. */
export interface ProcessArgument {
  readonly request: ScriptRequest
  readonly response: {
    readonly error: null
    readonly status_code: number
    /** The parsed body for a JSON content type, else the text. */
    readonly content: unknown
    readonly content_raw: string
    readonly headers: TransportAnswer['headers']
  }
}

/**
 * Makes the argument of `process_outgoing_response`, as Rocket.Chat makes it.
 * `url`, `method` and `headers` are those that were sent. `data` is the object
 * that the body was made of, else the body; of a request without a body, the
 * script's own.
 */
export function processArgument ({ request, sent, answer }: AnsweredRequest): ProcessArgument {
  const { url, method, headers, body } = sent
  const data = field(request, 'data')
  const isMade = typeof data === 'object' && data !== null
  return {
    request: { ...request, url, method, headers, data: isMade ? data : body ?? data ?? null },
    response: {
      error: null,
      status_code: answer.status,
      content: contentOf(answer),
      content_raw: answer.text,
      headers: answer.headers
    }
  }
}

function contentOf ({ headers, text }: AnsweredRequest['answer']): unknown {
  const type = [headers['content-type']].flat()[0] ?? ''
  if (!isJsonType(type)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** `application/json`, and types such as `application/problem+json`. */
function isJsonType (header: string): boolean {
  const [type = ''] = header.split(';')
  const name = type.trim().toLowerCase()
  return name === 'application/json' || name === 'text/json' || (name.startsWith('application/') && name.endsWith('+json'))
}

/** The wish of a script after an answer. */
export type ProcessWish =
  /** A message is made of `content`, and nothing else is looked at. */
  | { readonly kind: 'content', readonly content: unknown }
  /** The delivery is done, and nothing is posted. */
  | { readonly kind: 'nothing' }
  /** The answer is read as without a script. */
  | { readonly kind: 'default' }

/** Reads the result of `process_outgoing_response`. */
export function processWish (result: unknown): ProcessWish {
  if (result === false) return { kind: 'nothing' }
  const content = isPayload(result) ? field(result, 'content') : undefined
  return content ? { kind: 'content', content } : { kind: 'default' }
}
