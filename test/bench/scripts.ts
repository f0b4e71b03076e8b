import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { compileEngine, engineFile } from '../../lib/sandbox/engine.ts'
import { ScriptSandbox } from '../../lib/scripts.ts'

// What a run of a script costs beside quickjs-wasi alone in a worker: `npm run bench:scripts`. The two take turns.

const runs = Number(process.env['BENCH_RUNS'] ?? 300)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9)

/** A script of the usual size and kind, without what only the sandbox gives. */
const script = `
const colors = { info: '#00ff00', warning: '#ffff00', error: '#ff0000' };
${Array.from({ length: 20 }, (_, number) => `function describe${number} (alert) {
  const { labels = {}, annotations } = alert;
  return (annotations && annotations.summary || labels.alertname || 'alert ${number}').trim();
}`).join('\n')}
class Script {
  process_incoming_request ({ request }) {
    const fields = request.content.alerts.map((alert) => ({ title: describe1(alert), value: alert.status.toUpperCase(), short: true }));
    return { content: { text: request.content.title, attachments: [{ color: colors.error, fields }] } };
  }
}`

const argument = {
  request: {
    content: { title: 'Disk full', alerts: Array.from({ length: 10 }, (_, number) => ({ status: 'firing', labels: { alertname: `disk ${number}` } })) },
    headers: { 'content-type': 'application/json', 'user-agent': 'monitor/1.0' },
    url: { pathname: '/hooks/id/***', query: {} }
  }
}

interface Contender {
  readonly name: string
  /** How many runs are under way at a time. */
  readonly atOnce: number
  readonly run: (slot: number) => Promise<unknown>
}

async function measure ({ atOnce, run }: Contender): Promise<{ readonly rate: number, readonly times: number[] }> {
  const times: number[] = []
  const begun = performance.now()
  let left = runs
  await Promise.all(Array.from({ length: atOnce }, async (_, slot) => {
    while (left-- > 0) {
      const start = performance.now()
      await run(slot)
      times.push(performance.now() - start)
    }
  }))
  return { rate: runs / (performance.now() - begun) * 1000, times }
}

function quantile (values: readonly number[], part: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * part)] ?? NaN
}

async function main (): Promise<void> {
  const memory = 16 * 1024 * 1024
  const engine = await compileEngine(engineFile(), memory)
  const workers = Array.from({ length: 2 }, () => new Worker(new URL('./bare-script-worker.js', import.meta.url), { workerData: engine, env: {}, execArgv: [] }))
  const sandbox = new ScriptSandbox({ memory })
  const signal = new AbortController().signal
  const bare = async (slot: number): Promise<unknown> => {
    const worker = workers[slot]
    worker?.postMessage({ script, argument: JSON.stringify(argument) })
    const [json] = worker === undefined ? [] : await once(worker, 'message')
    return JSON.parse(json)
  }
  const ours = async (slot: number): Promise<unknown> => {
    const run = { integrationId: `integration ${slot}`, script, method: 'process_incoming_request', argument, store: new Map() } as const
    return (await sandbox.run(run, { signal })).result
  }
  if (JSON.stringify(await bare(0)) !== JSON.stringify(await ours(0))) throw new Error('the results differ')
  const contenders: readonly Contender[] = [
    { name: 'quickjs-wasi in a worker', atOnce: 1, run: bare },
    { name: 'ScriptSandbox', atOnce: 1, run: ours },
    { name: 'quickjs-wasi in two workers', atOnce: 2, run: bare },
    { name: 'ScriptSandbox, two at once', atOnce: 2, run: ours }
  ]
  const results = contenders.map((contender) => ({ ...contender, rates: [] as number[], times: [] as number[] }))
  for (let round = -1; round < rounds; round++) {
    for (const result of results) {
      const { rate, times } = await measure(result)
      if (round < 0) continue
      result.rates.push(rate)
      result.times.push(...times)
    }
  }
  console.log(`${rounds} rounds of ${runs} runs each, a script of ${script.length} characters, a fresh engine for each run; Node.js ${process.version}`)
  for (const { name, atOnce, rates, times } of results) {
    const base = results.find((other) => other.atOnce === atOnce)?.rates ?? []
    const ratio = quantile(rates.map((rate, round) => rate / (base[round] ?? NaN)), 0.5)
    console.log(`${name.padEnd(28)} ${quantile(rates, 0.5).toFixed(0).padStart(5)} runs/s   p50 ${quantile(times, 0.5).toFixed(2)} ms   p99 ${quantile(times, 0.99).toFixed(1)} ms   ${ratio.toFixed(2)} of the rate alone`)
  }
  await Promise.all([sandbox.close(), ...workers.map((worker) => worker.terminate())])
}

await main()
