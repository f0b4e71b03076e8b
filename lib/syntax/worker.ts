import { parentPort } from 'node:worker_threads'
import { syntaxErrorOf } from './parse.ts'

/** What the parser meets in nearly every script; the first script that counts finds it compiled. */
const usual = `'use strict'
class Script {
  prepare_outgoing_request ({ request: { data = {}, ...rest } }) {
    for (const [key, value] of Object.entries(data)) if (/^a|[^b]$/.test(value)) return { key, text: \`\${value}\` }
    return rest.url ? null : ((text) => text + 1)(async () => { try { await 1 } catch { throw new Error('no') } })
  }
}`

// The other side of this worker is thread.ts. The worker receives a script and answers with the error of the script.
if (parentPort !== null) {
  const port = parentPort
  port.on('message', (source: string) => { port.postMessage(syntaxErrorOf(source)) })
  // Ready.
  port.postMessage(syntaxErrorOf(usual))
}
