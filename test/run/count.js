/**
 * Runs a command whose output tap writes, passes that output on, and closes
 * with the line `N passed, N failed`. `.ci/run` uses it.
 *
 * The exit status is the command's, and 1 when nothing passed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const [command = '', ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
const ended = once(child, 'close')

let passed = 0
let failed = 0
for await (const line of createInterface({ input: child.stdout })) {
  console.log(line)
  // tap closes with a line like "# { total: 12, pass: 11, fail: 1 }" and leaves out what is 0.
  if (!/^# \{ total: .*\}/.test(line)) continue
  passed = Number(/\bpass: (\d+)/.exec(line)?.[1] ?? 0)
  failed = Number(/\bfail: (\d+)/.exec(line)?.[1] ?? 0)
}

// A command that a signal ended has no status.
const [code] = await ended
const status = code ?? 1
// The linter, the build and the type tests count as one when they stop the run.
console.log(`${passed} passed, ${status === 0 ? failed : Math.max(failed, 1)} failed`)
process.exitCode = status === 0 && passed === 0 ? 1 : status
