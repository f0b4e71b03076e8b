import { outgoingBody } from './bodies.ts'
import { credentials, members } from './workspace.ts'

/** Where every target listens for the request. */
export const path = '/api/v1/integrations.create'

/** The one request that is sent all the time, as bytes: the generator should cost as little as possible. */
export function requestBytes (): Buffer {
  const body = JSON.stringify(outgoingBody)
  const headers = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...credentials(members.admin)
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}
