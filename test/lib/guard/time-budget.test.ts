import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { TimeBudget } from '../../../lib/guard/time-budget.ts'
import { AdapterTimeoutError } from '../../../lib/errors/index.ts'

const never = new Promise<never>(() => {})

test('an answer in time is passed on', async (t) => {
  const budget = new TimeBudget({ milliseconds: 1000, option: 'adapterTimeout' })
  t.equal(await budget.wait('adapter', Promise.resolve(5)), 5)
  await t.rejects(budget.wait('adapter', Promise.reject(new Error('no'))), { message: 'no' })
})

test('waiting ends with the budget, and the signal says so', async (t) => {
  const budget = new TimeBudget({ milliseconds: 30, option: 'adapterTimeout' })
  const { signal } = budget
  t.notOk(signal.aborted)
  const error = await budget.wait('store.insert', never).then(() => null, (reason: unknown) => reason)
  t.ok(error instanceof AdapterTimeoutError)
  t.match(error, { code: 'FCI_ERR_ADAPTER_TIMEOUT', message: 'store.insert did not answer within adapterTimeout' })
  t.ok(signal.aborted)
})

test('many calls side by side may listen to the signal', async (t) => {
  const warnings: string[] = []
  const listen = ({ name }: Error): void => { warnings.push(name) }
  process.on('warning', listen)
  t.teardown(() => { process.off('warning', listen) })
  const { signal } = new TimeBudget({ milliseconds: 1000, option: 'adapterTimeout' })
  for (let index = 0; index < 100; index++) signal.addEventListener('abort', () => {})
  // A warning is told in the next turn.
  await sleep(50)
  t.strictSame(warnings, [])
})

test('calls one after the other share the time', async (t) => {
  const budget = new TimeBudget({ milliseconds: 150, option: 'adapterTimeout' })
  await budget.wait('first', sleep(100))
  const started = performance.now()
  await t.rejects(budget.wait('second', never), { code: 'FCI_ERR_ADAPTER_TIMEOUT' })
  t.ok(performance.now() - started < 140, 'the second had only what was left')
})

test('calls side by side share the time', async (t) => {
  const budget = new TimeBudget({ milliseconds: 400, option: 'adapterTimeout' })
  await Promise.all([budget.wait('a', sleep(100)), budget.wait('b', sleep(100)), budget.wait('c', sleep(100))])
  await t.resolves(budget.wait('d', sleep(150)), 'about 100 ms were used, not 300')
})

test('only waiting counts', async (t) => {
  const budget = new TimeBudget({ milliseconds: 100, option: 'adapterTimeout' })
  await sleep(150)
  t.equal(await budget.wait('adapter', sleep(1, 'in time')), 'in time')
})

test('an answer after the end does no harm', async (t) => {
  const budget = new TimeBudget({ milliseconds: 10, option: 'adapterTimeout' })
  const late = sleep(500).then(() => { throw new Error('late') })
  await t.rejects(budget.wait('adapter', late), { code: 'FCI_ERR_ADAPTER_TIMEOUT' })
  await t.rejects(late, { message: 'late' })
  await t.rejects(budget.wait('adapter', never), { code: 'FCI_ERR_ADAPTER_TIMEOUT' }, 'nothing is left')
})

test('a pause uses up the time as an adapter does, and is not begun when too little is left', async (t) => {
  const budget = new TimeBudget({ milliseconds: 200, option: 'adapterTimeout' })
  const started = performance.now()
  t.equal(await budget.pause(120), true)
  t.ok(performance.now() - started >= 119)
  t.equal(await budget.pause(120), false, 'about 80 ms are left')
  t.notOk(budget.aborted, 'a pause is no call that is given up')
  await t.rejects(budget.wait('adapter', never), { code: 'FCI_ERR_ADAPTER_TIMEOUT' })
  t.equal(await budget.pause(1), false, 'nothing is left')
})
