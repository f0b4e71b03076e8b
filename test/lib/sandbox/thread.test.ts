import { spawnSync } from 'node:child_process'
import { test } from 'tap'
import { compileEngine, engineFile } from '../../../lib/sandbox/engine.ts'
import { checkedOptions } from '../../../lib/sandbox/options.ts'
import type { Task } from '../../../lib/sandbox/protocol.ts'
import { SandboxThread } from '../../../lib/sandbox/thread.ts'
import { root } from '../../support/root.ts'

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

test('the end of a worker is answered, also in a process with nothing else to do', { timeout: 60_000 }, (t) => {
  const program = `
    import { compileEngine, engineFile } from './dist/lib/sandbox/engine.js'
    import { SandboxThread } from './dist/lib/sandbox/thread.js'
    const limits = ${JSON.stringify(limits)}
    const task = { script: 'class Script {}', method: 'process_incoming_request', argument: 'null', store: new Map() }
    const thread = new SandboxThread({ engine: await compileEngine(engineFile(), limits.memory), limits })
    await thread.run(task)
    const run = thread.run(task)
    await Promise.resolve()
    // The worker answers meanwhile, and its answer is read after it was told to end.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
    const end = thread.end()
    await run
    await end
    console.log('ended')`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: root, encoding: 'utf8', timeout: 40_000 })
  t.strictSame([status, stdout, stderr], [0, 'ended\n', ''])
  t.end()
})
