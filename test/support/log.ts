import { Writable } from 'node:stream'

/** A server's log, kept. */
export interface CapturedLog {
  /** Fastify's option `logger`. */
  readonly logger: { level: string, stream: Writable }
  /** The log as it was written. */
  text (): string
  /** The log, one object a line. */
  lines (): Array<Record<string, unknown>>
}

/** Keeps everything that a server logs, at the most talkative level. */
export function captureLog (): CapturedLog {
  let text = ''
  const stream = new Writable({
    write (chunk, _encoding, done) {
      text += String(chunk)
      done()
    }
  })
  return {
    logger: { level: 'trace', stream },
    text: () => text,
    lines: () => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line))
  }
}
