import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import type { IncomingIntegration } from '../../schemas/index.ts'
import { startChild } from '../support/child.ts'
import { send, type Sent } from '../support/send.ts'
import { often, soaking } from '../support/soak.ts'
import { alerts, fair, hostile, type ScriptQuestion, type ScriptState } from './support/script-target.ts'

// What a server and its other integrations feel of scripts that take all they can get. The bars count in the long form only, on a machine that does nothing else.

/** A pause between two calls of one hostile integration, in milliseconds. */
const breath = 250

/** So many calls of the usual integration begin in a second. */
const rate = 50

interface Target {
  call (integration: IncomingIntegration, body: string): Promise<Sent>
  state (): Promise<ScriptState>
}

async function startTarget (t: Test): Promise<Target> {
  const child = startChild<ScriptQuestion, number | ScriptState>(new URL('./support/script-process.js', import.meta.url), ['serve'], new AbortController().signal)
  t.teardown(() => child.end())
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => { agent.destroy() })
  const port = await child.ask('port')
  return {
    call: ({ _id, token }, body) => send(`http://127.0.0.1:${String(port)}/hooks/${_id}/${token}`, { body, agent, headers: { 'content-type': 'application/json' } }),
    async state () {
      const state = await child.ask('state')
      if (typeof state === 'number') throw new Error('no state')
      return state
    }
  }
}

/** Calls hostile integrations again and again, each in a row of its own. */
function attack ({ call }: Target, some: readonly IncomingIntegration[]): { end (): Promise<Readonly<Record<string, number>>> } {
  const ending = new AbortController()
  const ends: Record<string, number> = {}
  const rows = some.map(async (integration) => {
    while (!ending.signal.aborted) {
      const { status, body } = await call(integration, '{"a":1}')
      const end = [status, /"reason":"([^"]+)/.exec(body)?.[1]].join(' ').trim()
      ends[end] = (ends[end] ?? 0) + 1
      await sleep(breath)
    }
  })
  return {
    async end () {
      ending.abort()
      await Promise.all(rows)
      return ends
    }
  }
}

test('hostile scripts on both workers leave the event loop to the server', { timeout: 300_000 }, async (t) => {
  const target = await startTarget(t)
  const some = hostile.slice(0, often(8, 60))
  // The worker that is kept for scripts that did no harm is theirs as well for their first run.
  for (const integration of some) t.equal((await target.call(integration, '{"harmless":true}')).status, 200)
  await target.state()
  const { end } = attack(target, some)
  await sleep(often(2000, 10_000))
  const { delay, complaints } = await target.state()
  t.comment(`event loop delayed by ${delay.toFixed(1)} ms at p99; ${JSON.stringify(await end())}`)
  t.strictSame(complaints, [])
  if (soaking) t.ok(delay <= 100, `delayed by ${delay.toFixed(1)} ms`)
})

test('a usual script beside hostile ones', { timeout: 300_000 }, async (t) => {
  const target = await startTarget(t)
  t.equal((await target.call(fair, alerts)).status, 200)
  const { end } = attack(target, hostile.slice(0, often(8, 60)))
  const times: number[] = []
  const statuses: number[] = []
  const call = async (): Promise<void> => {
    const begun = performance.now()
    const { status, headers } = await target.call(fair, alerts)
    times.push(performance.now() - begun)
    statuses.push(status)
    if (status !== 200) t.match({ status, retryAfter: headers['retry-after'] }, { status: 503, retryAfter: /^\d+$/ }, 'busy, and to be sent again')
  }
  const calls: Array<Promise<void>> = []
  const begun = performance.now()
  for (let number = 0; number < rate * often(3, 60); number++) {
    calls.push(call())
    await sleep(Math.max(0, begun + (number + 1) * 1000 / rate - performance.now()))
  }
  await Promise.all(calls)
  const ends = await end()
  const { complaints } = await target.state()
  const served = statuses.filter((status) => status === 200).length / statuses.length
  const slowest = times.sort((one, other) => one - other)[Math.floor((times.length - 1) * 0.99)] ?? NaN
  t.comment(`${(served * 100).toFixed(1)} % of ${statuses.length} calls served, ${slowest.toFixed(0)} ms at p99; ${JSON.stringify(ends)}`)
  t.strictSame(complaints, [])
  t.ok(served >= (soaking ? 0.95 : 0.5), `served: ${(served * 100).toFixed(1)} %`)
  if (soaking) t.ok(slowest <= 1000, `${slowest.toFixed(0)} ms at p99`)
})
