import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Pool, request } from 'undici'
import { HttpTransport } from '../../lib/transport/http.ts'

// What a call of a receiver costs beside undici alone: `node dist/test/bench/transport.js`.
// The receiver is a process of its own. The two take turns.

const concurrency = 64
const calls = Number(process.env['BENCH_CALLS'] ?? 4000)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9)
const data = { token: 'x'.repeat(24), bot: false, channel_id: 'GENERAL', channel_name: 'general', message_id: 'm'.repeat(17), timestamp: new Date(0).toISOString(), user_id: 'u', user_name: 'alice', text: 'deploy now '.repeat(30), siteUrl: 'https://chat.example' }
const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=']

async function measure (call: () => Promise<void>): Promise<{ rate: number, cpu: number }> {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  let left = calls
  await Promise.all(Array.from({ length: concurrency }, async () => { while (left-- > 0) await call() }))
  const { user, system } = process.cpuUsage(cpu)
  return { rate: calls / (performance.now() - begun) * 1000, cpu: (user + system) / calls }
}

function median (values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

async function main (): Promise<void> {
  const receiver: ChildProcess = fork(fileURLToPath(import.meta.url), ['receiver'])
  const [port] = await once(receiver, 'message')
  const url = `http://127.0.0.1:${port}/hook`
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency, headersTimeout: 10_000, bodyTimeout: 10_000 })
  const transport = new HttpTransport({ allow: ['127.0.0.1/32:*'] })
  const signed = async (used: readonly string[]): Promise<void> => {
    const { kind } = await transport.send({ url, data, mayUseAllowed: true, signature: { id: 'msg_1', secrets: used } })
    if (kind !== 'answer') throw new Error(kind)
  }
  const contenders: Readonly<Record<string, () => Promise<void>>> = {
    undici: async () => {
      const { body } = await request(url, { dispatcher: pool, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(data) })
      await body.text()
    },
    unsigned: async () => { await signed([]) },
    signed: async () => { await signed(secrets) }
  }
  const results = new Map(Object.keys(contenders).map((name) => [name, { rate: [] as number[], cpu: [] as number[] }]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, call] of Object.entries(contenders)) {
      const { rate, cpu } = await measure(call)
      if (round < 0) continue
      results.get(name)?.rate.push(rate)
      results.get(name)?.cpu.push(cpu)
    }
  }
  const base = results.get('undici')?.rate ?? []
  for (const [name, { rate, cpu }] of results) {
    const ratio = median(rate.map((one, index) => one / (base[index] ?? 1)))
    console.log(`${name.padEnd(10)} ${Math.round(median(rate))}/s   ${median(cpu).toFixed(1)} µs of CPU   ${ratio.toFixed(2)} of undici's rate`)
  }
  await pool.close()
  await transport.close({ signal: AbortSignal.timeout(1000) })
  receiver.kill()
}

if (process.argv[2] === 'receiver') {
  const server = createServer((incoming, answer) => {
    incoming.resume()
    incoming.on('end', () => { answer.end('ok') })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(address !== null && typeof address === 'object' ? address.port : 0)
  })
} else await main()
