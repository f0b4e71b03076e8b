import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { root } from '../support/root.ts'

/** Runs all these scripts in a package that has no others. */
function atOnce (t: Test, scripts: Readonly<Record<string, string>>): { status: number | null, stdout: string } {
  const cwd = t.testdir({ 'package.json': JSON.stringify({ scripts }) })
  return spawnSync(process.execPath, [join(root, 'test/run/at-once.js'), ...Object.keys(scripts)], { cwd, encoding: 'utf8' })
}

test('runs scripts at the same time and prints what each one wrote', async (t) => {
  // Each waits for the file of the other one.
  const meet = (mine: string, other: string): string =>
    `node -e "const fs = require('fs'); fs.writeFileSync('${mine}', ''); while (!fs.existsSync('${other}')); console.log('${mine} met'); console.error('${mine} ends')"`
  const { status, stdout } = atOnce(t, { one: meet('a', 'b'), two: meet('b', 'a') })
  t.equal(status, 0)
  t.match(stdout, 'npm run one: passed\na met\na ends\n')
  t.match(stdout, 'npm run two: passed\nb met\nb ends\n')
})

test('fails when one of them fails, after all have ended', async (t) => {
  const { status, stdout } = atOnce(t, { good: 'echo fine', bad: 'echo wrong && exit 2' })
  t.equal(status, 1)
  t.match(stdout, 'npm run good: passed\nfine\n')
  t.match(stdout, 'npm run bad: failed\nwrong\n')
})
