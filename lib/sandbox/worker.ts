import { parentPort, workerData } from 'node:worker_threads'
import { Machine } from './machine.ts'
import type { Task } from './protocol.ts'

/** Uses what most scripts use; the first script that counts finds it compiled. */
const usual: Task = {
  script: `
class Script {
  async process_incoming_request ({ request }) {
    const fields = Object.keys(request).map((key) => ({ title: key, value: \`\${request[key]}\`.replace(/^a|[^b]$/g, '') }))
    return { content: { text: JSON.stringify(request), attachments: [{ fields }] } }
  }
}`,
  method: 'process_incoming_request',
  argument: '{"request":{"content":{"a":"b"},"content_raw":"{}"}}',
  store: new Map()
}

// The other side of this worker is thread.ts. The worker receives tasks and answers with outcomes.
if (parentPort !== null) {
  const port = parentPort
  const machine = await Machine.create(workerData)
  port.on('message', async (task: Task) => { port.postMessage(await machine.run(task)) })
  // Ready.
  port.postMessage(await machine.run(usual))
}
