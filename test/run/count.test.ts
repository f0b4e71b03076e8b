import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'tap'
import { root } from '../support/root.ts'

/** Runs a command under test/run/count.js. */
function count (code: string): { status: number | null, stdout: string } {
  return spawnSync(process.execPath, [join(root, 'test/run/count.js'), process.execPath, '-e', code], { encoding: 'utf8' })
}

test('passes the output on and closes with the count', async (t) => {
  t.match(count('console.log("ok 1\\n# { total: 12, pass: 12 }\\n# time=5ms")'), {
    status: 0, stdout: 'ok 1\n# { total: 12, pass: 12 }\n# time=5ms\n12 passed, 0 failed\n'
  })
})

test('counts what failed and keeps the exit status', async (t) => {
  const { status, stdout } = count('console.log("# { total: 12, pass: 9, fail: 3 }"); process.exitCode = 7')
  t.equal(status, 7)
  t.match(stdout, /\n9 passed, 3 failed\n$/)
})

test('a run that stops before the tests counts as a failure', async (t) => {
  t.match(count('process.exitCode = 2'), { status: 2, stdout: '0 passed, 1 failed\n' })
  t.match(count('process.kill(process.pid, "SIGKILL")'), { status: 1, stdout: '0 passed, 1 failed\n' })
  t.match(count('console.log("# { total: 2, pass: 2 }"); process.exitCode = 1'), { status: 1, stdout: /2 passed, 1 failed\n$/ })
})

test('a run without a test fails', async (t) => {
  t.match(count('console.log("nothing")'), { status: 1, stdout: 'nothing\n0 passed, 0 failed\n' })
})
