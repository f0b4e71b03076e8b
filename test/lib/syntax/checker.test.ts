import assert from 'node:assert/strict'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { test, type Test } from 'tap'
import { SyntaxChecker, type SyntaxLimits } from '../../../lib/syntax/checker.ts'
import { hardScripts } from '../../hostile/support/hard-scripts.ts'
import { root } from '../../support/root.ts'
import { run } from '../../support/run.ts'
import { until } from '../../support/until.ts'

/** A user that sends scripts. */
const user = 'aliceId'

const script = 'class Script { prepare_outgoing_request({ request }) { return request } }'

/** Takes the parser longer than a second, and more memory than it may have. */
const endless = hardScripts['variables in blocks'] ?? ''

/** A deadline that no ordinary script misses, however busy the machine is. */
const patient = { deadline: 20_000 }

/** Begins a program of its own. */
const imports = `import { SyntaxChecker } from ${JSON.stringify(pathToFileURL(join(root, 'dist/lib/syntax/checker.js')).href)}`

function newChecker (t: Test, limits: Partial<SyntaxLimits> = patient): SyntaxChecker {
  const checker = new SyntaxChecker(limits)
  t.teardown(() => checker.close())
  return checker
}

test('a thread is started for the first script and checks the others', async (t) => {
  const checker = newChecker(t)
  t.notOk(checker.running)
  t.equal(await checker.check(script, user), undefined)
  t.ok(checker.running)
  t.strictSame(await checker.check('class {', user), { name: 'SyntaxError', message: 'A class name is required. (1:6)' })
  t.equal(await checker.check('/[[a-z]&&[aeiou]]/v', user), undefined)
  t.strictSame(await checker.check('('.repeat(65_536), user), { name: 'RangeError', message: 'The script is nested too deeply to be checked' })
})

test('nothing of a script is executed', async (t) => {
  const checker = newChecker(t)
  t.equal(await checker.check('while (true) {}', user), undefined)
  t.equal(await checker.check('globalThis.process?.exit(); throw 1', user), undefined)
  t.ok(checker.running)
})

test('a script that misses the deadline has an error, and the next is checked by another thread', async (t) => {
  const checker = newChecker(t, { deadline: 50 })
  t.strictSame(await checker.check(endless, user), {
    name: 'TimeoutError', message: 'The script takes too long to be checked: make it shorter or simpler'
  })
  t.notOk(checker.running)
  // A busy machine may miss the deadline with any script, but not every time.
  await until('a script is checked', async () => await checker.check(script, user) === undefined)
  t.ok(checker.running)
})

test('the start of the thread does not count', async (t) => {
  // Loading the parser takes longer than this.
  const checker = newChecker(t, { deadline: 15 })
  await until('a script is checked', async () => await checker.check('1', user) === undefined)
  t.ok(checker.running)
})

test('a process that was busy reads the answer before it looks at the clock', async (t) => {
  const checker = newChecker(t, { deadline: 250 })
  await until('the thread is there', async () => await checker.check(script, user) === undefined)
  const answer = checker.check(script, user)
  await new Promise((resolve) => { setImmediate(resolve) })
  const end = performance.now() + 2000
  while (performance.now() < end);
  t.equal(await answer, undefined)
})

test('a script that takes too much memory has an error, and the process goes on', async (t) => {
  const checker = newChecker(t)
  t.strictSame(await checker.check(endless, user), {
    name: 'RangeError', message: 'The script takes too much memory to be checked: make it shorter or simpler'
  })
  t.equal(await checker.check(script, user), undefined)
  // Of any length: a host may allow more than 64 KiB.
  t.match(await checker.check('a(),'.repeat(1_000_000), user), { name: 'RangeError' })
  t.equal(await checker.check(script, user), undefined)
})

test('200 scripts at once: one is checked, 100 wait, the others are told so', async (t) => {
  const checker = newChecker(t)
  const results = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => checker.check(index % 2 === 0 ? script : 'class {', user)))
  t.strictSame(results.slice(0, 101).map((result) => (result.status === 'fulfilled' ? result.value?.name : result.reason)),
    Array.from({ length: 101 }, (_, index) => (index % 2 === 0 ? undefined : 'SyntaxError')))
  for (const result of results.slice(101)) t.match(result, { status: 'rejected', reason: { message: '100 scripts of this user wait already' } })
  t.equal(await checker.check(script, user), undefined, 'there is room again')
})

test('users take turns: the scripts of one keep those of another waiting no longer than one of them', async (t) => {
  const checker = newChecker(t, { ...patient, mostOfUser: 4 })
  const checked: string[] = []
  const check = async (userId: string): Promise<void> => {
    await checker.check(script, userId)
    checked.push(userId)
  }
  // The first is checked at once; four of the same user wait.
  const many = Array.from({ length: 5 }, () => check('alice'))
  await t.rejects(check('alice'), { message: '4 scripts of this user wait already' })
  const others = [check('bob'), check('carol'), check('bob')]
  await Promise.all([...many, ...others])
  t.strictSame(checked, ['alice', 'bob', 'carol', 'alice', 'bob', 'alice', 'alice', 'alice'])
})

/** Sends scripts that nobody waits for, and says how many of them may wait. The first one is checked and does not wait. */
async function accepted (checker: SyntaxChecker, scripts: ReadonlyArray<readonly [source: string, userId: string]>): Promise<number> {
  const refused: string[] = []
  const checks = scripts.map(([source, userId]) => checker.check(source, userId).catch(({ message }: Error) => { refused.push(message) }))
  await new Promise((resolve) => { setImmediate(resolve) })
  const count = scripts.length - refused.length
  for (const message of refused) assert.match(message, /^scripts wait already: \d+ of this user, \d+ of all users$/)
  await checker.close()
  await Promise.all(checks)
  return count
}

test('the scripts that wait are bounded over all users, in number and in bytes', async (t) => {
  const users = Array.from({ length: 1100 }, (_, index) => `user${index}`)
  t.equal(await accepted(newChecker(t), users.map((userId) => [script, userId])), 1001, 'one is checked and 1000 wait')
  const longest = '/'.repeat(65_536)
  t.equal(await accepted(newChecker(t), users.map((userId) => [longest, userId])), 129, 'one is checked and 16 MiB wait')
})

test('a user whose scripts were all given up has room again and a turn', async (t) => {
  const checker = newChecker(t, { ...patient, mostOfUser: 2 })
  const first = checker.check(script, 'bob')
  const abort = new AbortController()
  const given = [checker.check(script, user, abort), checker.check(script, user, abort)]
  abort.abort()
  for (const one of given) await t.rejects(one, { message: 'other scripts were checked all the time' })
  const again = [checker.check('class {', user), checker.check('class {', user)]
  t.equal(await first, undefined)
  for (const one of again) t.match(await one, { name: 'SyntaxError' })
})

test('a script whose request has been answered is not checked', async (t) => {
  const checker = newChecker(t, { ...patient, mostOfUser: 1 })
  const first = checker.check(script, user)
  const abort = new AbortController()
  const second = checker.check(script, user, abort)
  await t.rejects(checker.check(script, user), { message: /wait already/ })
  abort.abort()
  await t.rejects(second, { message: 'other scripts were checked all the time' })
  const third = checker.check('class {', user)
  t.equal(await first, undefined)
  t.match(await third, { name: 'SyntaxError' }, 'its place was free')
})

test('the thread ends when nothing was checked for a while, and starts again', async (t) => {
  const checker = newChecker(t, { ...patient, idle: 50 })
  for (let round = 0; round < 2; round++) {
    t.equal(await checker.check(script, user), undefined)
    t.ok(checker.running)
    await until('the thread ends', () => !checker.running)
  }
  const lasting = newChecker(t)
  await lasting.check(script, user)
  await sleep(200)
  t.ok(lasting.running, 'not before its time')
})

test('closed, it checks nothing, and tells those that wait', async (t) => {
  const checker = newChecker(t)
  const answers = [checker.check(endless, user), checker.check(script, user), checker.check(script, 'bobId')]
  const settled = Promise.allSettled(answers)
  await checker.close()
  t.notOk(checker.running)
  for (const result of await settled) t.match(result, { status: 'rejected', reason: Error })
  await t.rejects(checker.check(script, user), { message: 'the server is closing' })
  await checker.close()

  const [one, other] = [newChecker(t), newChecker(t)]
  await Promise.all([one.check(script, user), other.check(script, user)])
  await one.close()
  t.equal(await other.check(script, user), undefined, 'another goes on')
})

test('a thread that cannot start is no error of the script', async (t) => {
  // As a bundler may leave it: without the file of the thread.
  const folder = t.testdir({ base: {}, syntax: {}, ports: { 'syntax.js': '' } })
  for (const file of ['base/once-late.js', 'syntax/checker.js', 'syntax/thread.js', 'syntax/waiting.js']) await copyFile(join(root, 'dist/lib', file), join(folder, file))
  const { SyntaxChecker: Incomplete }: { SyntaxChecker: typeof SyntaxChecker } = await import(pathToFileURL(join(folder, 'syntax/checker.js')).href)
  const checker = new Incomplete()
  t.teardown(() => checker.close())
  for (let round = 0; round < 2; round++) {
    await t.rejects(checker.check(script, user), { message: 'the thread of the parser ended', cause: { code: /MODULE_NOT_FOUND/ } })
  }
})

test('a process waits for a script that is being checked, and for nothing else', async (t) => {
  const program = `${imports}
    const checker = new SyntaxChecker({ deadline: 20_000 })
    const { name } = await checker.check('class {', 'alice')
    console.log(name, checker.running)`
  const start = performance.now()
  t.equal(await run(process.execPath, ['--input-type=module', '-e', program], root), 'SyntaxError true\n')
  t.ok(performance.now() - start < 30_000, 'the idle thread does not keep the process alive')
})

test('what the flags of the process load is not loaded into the thread', async (t) => {
  const folder = t.testdir({
    'preload.cjs': "require('node:fs').appendFileSync(__dirname + '/loaded', require('node:worker_threads').isMainThread + '\\n')"
  })
  const preload = join(folder, 'preload.cjs')
  const program = `${imports}
    const checker = new SyntaxChecker({ deadline: 20_000 })
    console.log(await checker.check('1', 'alice'))`
  const check = ['--input-type=module', '-e', program]
  // -i: tap lets the processes of a test load modules of its own.
  t.equal(await run('env', ['-i', process.execPath, '--require', preload, ...check], root), 'undefined\n')
  t.equal(await run('env', ['-i', `NODE_OPTIONS=--require ${preload}`, process.execPath, ...check], root), 'undefined\n')
  t.equal(await readFile(join(folder, 'loaded'), 'utf8'), 'true\ntrue\n')
})
