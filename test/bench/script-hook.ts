import Fastify from 'fastify'
import chatIntegrations, { MemoryStore } from '../../lib/index.ts'
import { incomingArgument } from '../../lib/model/script/incoming.ts'
import { ScriptSandbox } from '../../lib/scripts.ts'
import { Connection } from '../support/http-connection.ts'
import { incomingRecord, patient } from '../support/integrations.ts'
import { members, workspace } from '../support/workspace.ts'
import { hook, hookRequest } from './hook.ts'

const script = `class Script {
  process_incoming_request ({ request }) {
    const { text, username, icon_emoji } = request.content
    return { content: { text: text.trim(), username, icon_emoji } }
  }
}`

const scripted = incomingRecord({ ...hook, _id: 'scripted', scriptEnabled: true, script })

/** Milliseconds at the median. */
export interface HookTimes {
  readonly withScript: number
  readonly withoutScript: number
  /** The script alone, run by the sandbox. */
  readonly script: number
}

/**
 * Measures a hook with a small script, the same hook without, and the script
 * alone: one after another, over and over.
 */
export async function measureHook (rounds: number): Promise<HookTimes> {
  const store = new MemoryStore()
  for (const integration of [hook, scripted]) store.insert(integration, {}, patient)
  const sandbox = new ScriptSandbox()
  const app = Fastify()
  let posted = 0
  await app.register(chatIntegrations, {
    ...workspace(),
    store,
    sandbox,
    messenger: { post: () => ({ _id: `message-${posted++}` }), check: () => {} },
    incoming: { rateLimit: false }
  })
  const connection = await Connection.open(Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port))
  const plain = Buffer.from(hookRequest())
  const withScript = Buffer.from(hookRequest().replace(`/hooks/${hook._id}/`, `/hooks/${scripted._id}/`))
  const contentRaw = hookRequest().split('\r\n\r\n')[1] ?? ''
  const argument = incomingArgument({
    content: JSON.parse(contentRaw),
    contentRaw,
    form: {},
    headers: { host: '127.0.0.1', 'content-type': 'application/json', 'content-length': String(contentRaw.length) },
    url: `/hooks/${scripted._id}/${scripted.token}`,
    integrationId: scripted._id,
    token: scripted.token,
    user: members.bot
  })
  const exchange = async (request: Buffer): Promise<void> => {
    const { status, body } = await connection.exchange(request)
    if (status !== 200) throw new Error(`${status} ${body}`)
  }
  const contenders: Readonly<Record<keyof HookTimes, () => Promise<unknown>>> = {
    withScript: () => exchange(withScript),
    withoutScript: () => exchange(plain),
    script: () => sandbox.run({ integrationId: 'alone', script, method: 'process_incoming_request', argument, store: new Map() }, { signal: new AbortController().signal })
  }
  const measured = async (run: () => Promise<unknown>, times: number[]): Promise<void> => {
    const begun = performance.now()
    await run()
    times.push(performance.now() - begun)
  }
  const times: Record<keyof HookTimes, number[]> = { withScript: [], withoutScript: [], script: [] }
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of ['withScript', 'withoutScript', 'script'] as const) await measured(contenders[name], times[name])
    }
  } finally {
    connection.close()
    await app.close()
  }
  // The first tenth is there to warm up.
  const of = (name: keyof HookTimes): number => median(times[name].slice(rounds / 10))
  return { withScript: of('withScript'), withoutScript: of('withoutScript'), script: of('script') }
}

/** Milliseconds of the first run after the start of a sandbox: its worker starts, too. */
export async function measureFirstRun (): Promise<number> {
  const sandbox = new ScriptSandbox()
  await sandbox.start()
  const begun = performance.now()
  await sandbox.run({ integrationId: 'first', script, method: 'process_incoming_request', argument: { request: { content: { text: 'hello' } } }, store: new Map() }, { signal: new AbortController().signal })
  const took = performance.now() - begun
  await sandbox.close()
  return took
}

function median (values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
}
