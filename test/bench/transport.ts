import { Pool, request } from 'undici'
import { HttpTransport } from '../../lib/transport/http.ts'
import { startReceiver } from './receiver.ts'
import { median, ratioOf, takeTurns } from './turns.ts'

// What a call of a receiver costs beside undici alone: `node dist/test/bench/transport.js`.
// The receiver is a process of its own. The two take turns.

const concurrency = 64
const calls = Number(process.env['BENCH_CALLS'] ?? 4000)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9)
const data = { token: 'x'.repeat(24), bot: false, channel_id: 'GENERAL', channel_name: 'general', message_id: 'm'.repeat(17), timestamp: new Date(0).toISOString(), user_id: 'u', user_name: 'alice', text: 'deploy now '.repeat(30), siteUrl: 'https://chat.example' }
const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=']

async function main (): Promise<void> {
  const receiver = await startReceiver()
  const url = `${receiver.url}/hook`
  const pool = new Pool(receiver.url, { connections: concurrency, headersTimeout: 10_000, bodyTimeout: 10_000 })
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
  const all = Object.fromEntries(Object.entries(contenders).map(([name, call]) => [name, async () => {
    let left = calls
    await Promise.all(Array.from({ length: concurrency }, async () => { while (left-- > 0) await call() }))
  }]))
  const needed = await takeTurns(all, { rounds, count: calls })
  for (const [name, one] of needed) {
    console.log(`${name.padEnd(10)} ${Math.round(median(one.rate))}/s   ${median(one.cpu).toFixed(1)} µs of CPU   ${ratioOf(one, needed.get('undici')).toFixed(2)} of undici's rate`)
  }
  await pool.close()
  await transport.close({ signal: AbortSignal.timeout(1000) })
  receiver.end()
}

await main()
