/**
 * Runs scripts of package.json at the same time: `at-once.js lint build types`.
 *
 * Prints what each one wrote when it ends. The exit status is 1 when one of
 * them failed. Plain JavaScript, because it runs before the build.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** @type {(script: string) => Promise<boolean>} */
async function succeeds (script) {
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  console.log(`npm run ${script}: ${status === 0 ? 'passed' : 'failed'}\n${output}${errors}`)
  return status === 0
}

const outcomes = await Promise.all(process.argv.slice(2).map(succeeds))
if (!outcomes.every(Boolean)) process.exitCode = 1
