import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { ScriptFailedError } from '../../../lib/errors/refusals.ts'
import type { PortCall } from '../../../lib/ports/call.ts'
import type { ScriptResult, ScriptRun } from '../../../lib/ports/sandbox.ts'
import { ScriptSandbox, type ScriptSandboxOptions } from '../../../lib/scripts.ts'
import { pageAt, snippetsOf } from '../../support/pages.ts'
import { root } from '../../support/root.ts'

/** A call of its own: many listeners of one signal would warn. */
function patient (): PortCall {
  return { signal: new AbortController().signal }
}

const endless = 'for (;;) {}'

/** Longer than a busy machine needs: a script that must not be late gets this time. */
const ample = 10_000

function sandboxFor (t: Test, options?: ScriptSandboxOptions): ScriptSandbox {
  const sandbox = new ScriptSandbox(options)
  t.teardown(() => sandbox.close())
  return sandbox
}

let count = 0

function runOf (body: string, parts: Partial<ScriptRun> = {}): ScriptRun {
  return {
    integrationId: `id${count++}`,
    script: `class Script { process_incoming_request ({ request }) { ${body} } }`,
    method: 'process_incoming_request',
    argument: { request: {} },
    store: new Map(),
    ...parts
  }
}

/** The reason why a run fails; its result when the run succeeds. */
async function endOf (running: Promise<ScriptResult | void>): Promise<unknown> {
  try {
    return (await running)?.result
  } catch (error) {
    if (error instanceof ScriptFailedError) return error.reason
    throw error
  }
}

test('argument, script and result are bounded', async (t) => {
  const sandbox = sandboxFor(t, { input: 2000, output: 1024, time: ample })
  const textOf = (length: number): Partial<ScriptRun> => ({ argument: 'é'.repeat((length - 2) / 2) })
  t.equal(await endOf(sandbox.run(runOf('return 1', textOf(2000)), patient())), 1)
  t.equal(await endOf(sandbox.run(runOf('return 1', textOf(2002)), patient())), 'input-too-large', 'bytes count')
  t.equal(await endOf(sandbox.run(runOf('/'.repeat(2000)), patient())), 'input-too-large')
  t.equal(await endOf(sandbox.load('/'.repeat(2001), patient())), 'input-too-large')
  t.equal(await endOf(sandbox.run(runOf('return "a".repeat(1022)'), patient())), 'a'.repeat(1022))
  t.equal(await endOf(sandbox.run(runOf('return "a".repeat(1023)'), patient())), 'output-too-large')
  t.equal(await endOf(sandbox.run(runOf('return "é".repeat(512)'), patient())), 'output-too-large')
})

test('nesting is bounded', async (t) => {
  const sandbox = sandboxFor(t, { time: ample })
  const nested = 'let value = 1; for (let level = 0; level < LEVELS; level++) value = [value]; return value'
  t.ok(Array.isArray(await endOf(sandbox.run(runOf(nested.replace('LEVELS', '200')), patient()))))
  t.equal(await endOf(sandbox.run(runOf(nested.replace('LEVELS', '201')), patient())), 'result')
  let deep: unknown = 1
  for (let level = 0; level < 200_000; level++) deep = [deep]
  t.equal(await endOf(sandbox.run(runOf('return 1', { argument: deep }), patient())), 'input-too-large')
})

test('console is bounded', async (t) => {
  const sandbox = sandboxFor(t, { consoleLines: 3, consoleBytes: 100, time: ample })
  const { console: few } = await sandbox.run(runOf('for (let line = 0; line < 1e4; line++) console.log(line)'), patient())
  t.strictSame(few.map(({ text }) => text), ['0', '1', '2'])
  const { console: long } = await sandbox.run(runOf('console.log("a".repeat(1e6), { b: "c".repeat(1e6) }); console.log("d")'), patient())
  t.strictSame(long.map(({ text }) => text), ['a'.repeat(100)])
  const silent = sandboxFor(t, { consoleLines: 0, time: ample })
  t.strictSame((await silent.run(runOf('console.log(1)'), patient())).console, [])
})

test('Store is bounded, tells why, and removes', async (t) => {
  const sandbox = sandboxFor(t, { storeKeys: 2, storeBytes: 50, time: ample })
  const store = new Map<string, unknown>([['old', 1]])
  const attempt = "const attempt = (key, value) => { try { Store.set(key, value); return 'kept' } catch (error) { return error.name + ': ' + error.message } }; "
  t.strictSame(await endOf(sandbox.run(runOf(attempt +
    "return [attempt('a', 'b'), attempt('c', 1), attempt('a', 'x'.repeat(50)), attempt('old', undefined), attempt('c', 1), attempt('a', () => 1), Store.get('a')]", { store }), patient())), [
    'kept', 'TypeError: Store.set: Store holds 2 keys already', 'TypeError: Store.set: the values would take more than 50 bytes', 'kept', 'kept',
    'TypeError: Store.set: the value is no JSON data', 'b'
  ])
  t.strictSame([...store], [['a', 'b'], ['c', 1]])
})

test('the code outside the class runs when a script is loaded, within the limits', async (t) => {
  const sandbox = sandboxFor(t, { time: 20 })
  t.equal(await endOf(sandbox.load(`${endless}; class Script {}`, patient())), 'late')
  const roomy = sandboxFor(t, { time: ample, memory: 4 * 1024 * 1024 })
  t.equal(await endOf(roomy.load('const all = []; for (;;) all.push({})', patient())), 'memory')
  t.equal(await endOf(roomy.load('class Script { constructor () { for (;;) {} } }', patient())), undefined)
})

test('an error in a microtask is an error of the script', async (t) => {
  const sandbox = sandboxFor(t, { time: ample })
  const thrownBy = async (code: string): Promise<unknown> => {
    try {
      await sandbox.run(runOf(code), patient())
    } catch (error) {
      if (error instanceof ScriptFailedError) return [error.reason, error.thrown?.name, error.thrown?.message]
    }
    return undefined
  }
  t.strictSame(await thrownBy('queueMicrotask(() => { throw new RangeError("no") }); return 1'), ['threw', 'RangeError', 'no'])
  t.strictSame(await thrownBy('queueMicrotask(() => { throw "text: no" }); return 1'), ['threw', 'Error', 'text: no'])
  t.strictSame(await thrownBy('queueMicrotask(() => { throw { toString () { throw 1 } } }); return 1'), ['threw', 'Error', '{}'])
  t.match(await thrownBy('queueMicrotask(() => { const all = []; for (;;) all.push({}) }); return 1'), ['memory'])
  t.strictSame(await thrownBy('queueMicrotask(1); return 1'), ['threw', 'TypeError', 'queueMicrotask: the argument is no function'])
})

test('one run of an integration is under way at a time, ten wait, and the others do not', { timeout: 60_000 }, async (t) => {
  const sandbox = sandboxFor(t, { time: ample })
  const store = new Map<string, unknown>([['n', 0]])
  const run = runOf('const n = Store.get("n"); Store.set("n", n + 1); return n', { store })
  const runs = Array.from({ length: 12 }, () => endOf(sandbox.run(run, patient())))
  const other = endOf(sandbox.run(runOf('return "other"'), patient()))
  t.strictSame(await Promise.all(runs), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 'busy'])
  t.equal(await other, 'other')
  t.equal(store.get('n'), 11)
})

test('all runs that wait are bounded, and the ones that are loaded take one worker', { timeout: 60_000 }, async (t) => {
  const sandbox = sandboxFor(t, { waiting: 3, time: 100 })
  const known = runOf('return 1')
  t.equal(await endOf(sandbox.run(known, patient())), 1)
  const slow = [sandbox.load(`${endless}; 1`, patient()), sandbox.load('class Script {}', patient()), sandbox.load('class Script {}', patient())]
  const run = endOf(sandbox.run(known, patient()))
  const ends = Promise.all(slow.map(endOf))
  // One is under way, two wait; an integration that is proven has a worker of its own.
  t.equal(await endOf(sandbox.load('class Script {}', patient())), undefined)
  t.equal(await run, 1)
  t.strictSame(await ends, ['late', undefined, undefined])
  const many = Array.from({ length: 6 }, () => endOf(sandbox.run(runOf('return 1'), patient())))
  t.strictSame(await Promise.all(many), [1, 1, 1, 1, 'busy', 'busy'], 'of integrations that are not proven, one is under way')
})

test('scripts that are late leave a worker to the others', { timeout: 60_000 }, async (t) => {
  const sandbox = sandboxFor(t, { time: 500 })
  const known = runOf('return 1')
  t.equal(await endOf(sandbox.run(known, patient())), 1)
  const order: unknown[] = []
  const late = Array.from({ length: 4 }, async () => { order.push(await endOf(sandbox.run(runOf(endless), patient()))) })
  for (let call = 0; call < 3; call++) order.push(await endOf(sandbox.run(known, patient())))
  await Promise.all(late)
  t.strictSame(order.toSorted(), [1, 1, 1, 'late', 'late', 'late', 'late'])
  t.equal(order.at(-1), 'late', 'nothing waits for all of the late ones')
})

test('late runs pause an integration also when a worker was taken along each time', { timeout: 60_000 }, async (t) => {
  const sandbox = sandboxFor(t, { time: 10 })
  const run = runOf('return new Array(1e9) + ""')
  t.strictSame(await Promise.all(Array.from({ length: 6 }, () => endOf(sandbox.run(run, patient())))), ['late', 'late', 'late', 'late', 'late', 'paused'])
})

test('five late runs in a row pause the integration, and those that wait too', { timeout: 60_000 }, async (t) => {
  const sandbox = sandboxFor(t, { time: 10 })
  const run = runOf(endless)
  t.strictSame(await Promise.all(Array.from({ length: 7 }, () => endOf(sandbox.run(run, patient())))), ['late', 'late', 'late', 'late', 'late', 'paused', 'paused'])
  t.equal(await endOf(sandbox.run(run, patient())), 'paused')
  t.equal(await endOf(sandbox.load('class Script {}', patient())), undefined)
})

test('a run that is given up while it waits does not run', { timeout: 60_000 }, async (t) => {
  const sandbox = sandboxFor(t, { workers: 1, time: 100 })
  const giveUp = new AbortController()
  const first = endOf(sandbox.run(runOf(endless), patient()))
  const store = new Map<string, unknown>()
  const second = endOf(sandbox.run(runOf('Store.set("a", 1)', { store }), { signal: giveUp.signal }))
  giveUp.abort()
  t.equal(await second, 'busy')
  t.equal(await first, 'late')
  t.equal(store.size, 0)
  const under = new AbortController()
  const running = endOf(sandbox.run(runOf('Store.set("a", 1); return 1', { store }), { signal: under.signal }))
  under.abort()
  await running
  t.equal(store.size, 0, 'what is given up later writes nothing')
})

test('a function of the engine that never ends takes the worker along, and another takes its place', { timeout: 60_000 }, async (t) => {
  const sandbox = sandboxFor(t, { workers: 1, time: 50 })
  for (let time = 0; time < 3; time++) {
    t.equal(await endOf(sandbox.run(runOf('return new Array(1e9) + ""'), patient())), 'late')
    t.equal(await endOf(sandbox.run(runOf('return 1'), patient())), 1)
  }
})

test('closing fails the runs that wait and those that are under way', { timeout: 60_000 }, async (t) => {
  const sandbox = new ScriptSandbox({ time: ample })
  t.equal(await endOf(sandbox.run(runOf('return 1'), patient())), 1)
  const ends = Promise.all(Array.from({ length: 5 }, () => endOf(sandbox.run(runOf(endless), patient()))))
  await new Promise((resolve) => { setTimeout(resolve, 50) })
  await sandbox.close()
  t.strictSame(await ends, ['busy', 'busy', 'busy', 'busy', 'busy'])
  t.equal(await endOf(sandbox.run(runOf('return 1'), patient())), 'busy')
  t.equal(await endOf(sandbox.load('class Script {}', patient())), 'busy')
  await sandbox.close()
  await sandbox.start()
  t.equal(await endOf(sandbox.run(runOf('return 1'), patient())), 1, 'a sandbox may be opened again')
  await sandbox.close()
})

test('closing before the first worker is there', async (t) => {
  const sandbox = new ScriptSandbox()
  const end = endOf(sandbox.run(runOf('return 1'), patient()))
  await sandbox.close()
  t.equal(await end, 'busy')
})

test('neither a sandbox nor its idle workers keep the process alive', { timeout: 60_000 }, (t) => {
  const program = `
    import { ScriptSandbox } from './dist/lib/scripts.js'
    const sandbox = new ScriptSandbox()
    await sandbox.start()
    const run = { integrationId: 'a', script: 'class Script { process_incoming_request () { return 1 } }', method: 'process_incoming_request', argument: 1, store: new Map() }
    const runs = [sandbox.run(run, { signal: new AbortController().signal }), sandbox.run({ ...run, integrationId: 'b' }, { signal: new AbortController().signal })]
    console.log((await Promise.all(runs)).map(({ result }) => result).join())`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: join(root), encoding: 'utf8', timeout: 40_000 })
  t.strictSame([status, stdout, stderr], [0, '1,1\n', ''])
  t.end()
})

test('the script of the page', async (t) => {
  const [script = ''] = snippetsOf(pageAt('lib/sandbox/README.md')).filter(({ language }) => language === 'javascript').map(({ code }) => code)
  const sandbox = sandboxFor(t, { time: ample })
  const resultFor = (content: unknown): Promise<unknown> => endOf(sandbox.run({ ...runOf(''), script, argument: { request: { content } } }, patient()))
  t.strictSame(await resultFor({ alerts: [{ status: 'firing', labels: { alertname: 'Disk full' } }] }), {
    content: { text: '1 alerts', attachments: [{ title: 'Disk full', text: 'firing' }] }
  })
  t.equal(await resultFor({ other: 1 }), false)
})
