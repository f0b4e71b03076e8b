import { test } from 'tap'
import { compileEngine, engineFile } from '../../../lib/sandbox/engine.ts'
import { checkedOptions } from '../../../lib/sandbox/options.ts'
import type { Task } from '../../../lib/sandbox/protocol.ts'
import { SandboxThread } from '../../../lib/sandbox/thread.ts'

const limits = checkedOptions({ time: 10_000 })

const task: Task = {
  script: 'class Script { process_incoming_request () { return 1 } }', method: 'process_incoming_request', argument: 'null', store: new Map()
}

test('a worker that does not start is not the fault of the script', { timeout: 60_000 }, async (t) => {
  const thread = new SandboxThread({ engine: {}, limits })
  t.match(await thread.run(task), { failure: 'busy', cause: Error })
  t.ok(thread.ended)
})

test('a worker that was ended runs nothing', { timeout: 60_000 }, async (t) => {
  const thread = new SandboxThread({ engine: await compileEngine(engineFile(), limits.memory), limits })
  t.match(await thread.run(task), { failure: undefined, result: '1' })
  await thread.end()
  t.match(await thread.run(task), { failure: 'busy' })
})
