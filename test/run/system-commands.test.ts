import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { type Test, test } from 'tap'
import { root } from '../support/root.ts'

const script = join(root, 'test/run/system-commands.js')
const aptGetInstall = 'apt-get install -y --no-install-recommends redis-server curl ca-certificates'

/** A folder that is the whole PATH, with these programs in Node; the folder is their working directory. */
async function machine (t: Test, programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'commands-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const [name, code] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!${process.execPath}\n${code}\n`)
    await chmod(join(folder, name), 0o755)
  }
  return folder
}

function runOn (folder: string, userId: number): { status: number | null, stdout: string, stderr: string } {
  // Whoever runs the tests, the script takes itself for this user's.
  const asUser = `data:text/javascript,process.getuid=()=>${userId}`
  return spawnSync(process.execPath, ['--import', asUser, script], { cwd: folder, env: { PATH: folder }, encoding: 'utf8' })
}

/** Says with what it was called; `install` brings the commands. */
const aptGet = `
const { writeFileSync } = require('node:fs')
const [, , action] = process.argv
console.log('apt-get', ...process.argv.slice(2), process.env.DEBIAN_FRONTEND)
if (action === 'install') for (const name of ['redis-server', 'curl']) writeFileSync(name, '', { mode: 0o755 })
`

test('says nothing when the commands are there', async (t) => {
  const folder = await machine(t, { 'redis-server': '', curl: '', 'apt-get': 'throw new Error("not needed")' })
  t.match(runOn(folder, 0), { status: 0, stdout: '', stderr: '' })
})

test('root on Debian gets what is missing', async (t) => {
  const folder = await machine(t, { curl: '', 'apt-get': aptGet })
  const { status, stdout, stderr } = runOn(folder, 0)
  t.equal(stderr, '')
  t.equal(stdout, `The tests need redis-server: installing with apt-get.
apt-get update -q noninteractive
${aptGetInstall} -q noninteractive
`)
  t.equal(status, 0)
  t.match(runOn(folder, 0), { status: 0, stdout: '' }, 'once')
})

test('an installation that fails is a failure that says what to do', async (t) => {
  const { status, stderr } = runOn(await machine(t, { 'apt-get': 'process.exit(100)' }), 0)
  t.equal(status, 1)
  t.match(stderr, `sudo apt-get update && sudo ${aptGetInstall}\n`)
})

test('another user on Debian gets the command', async (t) => {
  const { status, stdout, stderr } = runOn(await machine(t, { 'redis-server': '', 'apt-get': aptGet }), 1000)
  t.equal(status, 1)
  t.equal(stdout, '', 'nothing is installed')
  t.equal(stderr, `The tests need curl. This command installs what is missing:

  sudo apt-get update && sudo ${aptGetInstall}

`)
})

test('other systems get the command of their package manager', async (t) => {
  const brew = runOn(await machine(t, { brew: 'throw new Error("not called")' }), 501)
  t.match(brew, { status: 1, stdout: '' })
  t.equal(brew.stderr, 'The tests need redis-server and curl. This command installs what is missing:\n\n  brew install redis curl\n\n')
  const unknown = runOn(await machine(t, {}), 0)
  t.equal(unknown.status, 1)
  t.match(unknown.stderr, `sudo ${aptGetInstall}\n`)
})
