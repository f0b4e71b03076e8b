import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { test } from 'tap'
import { type Deadline, Deadlines } from '../../../lib/guard/deadlines.ts'

/** How late a timer may be on a machine that is busy with something else. */
const margin = 1000

function timers (): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

test('each deadline that is missed is told once, in time, in whatever order they came', async (t) => {
  const deadlines = new Deadlines()
  const start = performance.now()
  const missed: Array<[delay: number, at: number]> = []
  for (const delay of [90, 30, 60, 30, 120]) {
    deadlines.add({ at: start + delay, miss: () => { missed.push([delay, performance.now() - start]) } })
  }
  await sleep(200)
  t.strictSame(missed.map(([delay]) => delay).sort((a, b) => a - b), [30, 30, 60, 90, 120])
  for (const [delay, at] of missed) t.ok(at >= delay - 2 && at < delay + margin, `${delay}: ${at}`)
})

test('one that was met is not told', async (t) => {
  const deadlines = new Deadlines()
  const missed: string[] = []
  const deadline = (name: string, delay: number): Deadline => ({ at: performance.now() + delay, miss: () => { missed.push(name) } })
  const first = deadline('first', 20)
  const second = deadline('second', 40)
  for (const one of [first, second]) deadlines.add(one)
  deadlines.delete(first)
  deadlines.delete(first)
  await sleep(100)
  t.strictSame(missed, ['second'])
  deadlines.delete(second)
})

test('one that is added when another is missed counts, too', async (t) => {
  const deadlines = new Deadlines()
  const missed: string[] = []
  deadlines.add({
    at: performance.now() + 10,
    miss: () => {
      missed.push('first')
      deadlines.add({ at: performance.now() + 10, miss: () => { missed.push('second') } })
    }
  })
  deadlines.add({ at: performance.now() + 60, miss: () => { missed.push('third') } })
  await sleep(150)
  t.strictSame(missed.sort(), ['first', 'second', 'third'])
})

test('thousands share one timer, and none of it is left', async (t) => {
  const deadlines = new Deadlines()
  const before = timers()
  const all = Array.from({ length: 5000 }, () => ({ at: performance.now() + 50, miss: () => {} }))
  for (const deadline of all) deadlines.add(deadline)
  t.equal(timers(), before + 1)
  for (const deadline of all) deadlines.delete(deadline)
  t.equal(timers(), before, 'it no longer keeps the process alive')
  const late: string[] = []
  deadlines.add({ at: performance.now() + 20, miss: () => { late.push('missed') } })
  t.equal(timers(), before + 1, 'and does so again')
  await sleep(100)
  t.strictSame(late, ['missed'])
  t.equal(timers(), before)
})

test('a process ends when nothing is pending, and not before', async (t) => {
  const module = JSON.stringify(new URL('../../../lib/guard/deadlines.js', import.meta.url).href)
  const run = async (code: string): Promise<string> => (await promisify(execFile)(process.execPath, [
    '--input-type=module', '--eval', `import { Deadlines } from ${module}; const deadlines = new Deadlines(); ${code}`
  ], { timeout: 20_000 })).stdout
  const begun = performance.now()
  await run('const one = { at: performance.now() + 60_000, miss () {} }; deadlines.add(one); deadlines.delete(one)')
  t.ok(performance.now() - begun < 15_000, 'not after a minute')
  t.equal(await run('deadlines.add({ at: performance.now() + 50, miss: () => console.log("missed") })'), 'missed\n')
})
