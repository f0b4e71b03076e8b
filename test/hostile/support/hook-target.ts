import type { Test } from 'tap'
import { startChild } from '../../support/child.ts'
import { hookRecord } from '../../support/ports.ts'
import type { HookQuestion, HookState } from './hook-protocol.ts'

/** Stands in every token that the tests send, right or wrong: no log may hold it. */
export const tokenMark = 'tOkEnMaRk'

/** The hook that the tests send to. The payload may choose its destination. */
export const targetHook = hookRecord({ token: `${tokenMark}TX2nMNHGJ5tEgqYSxJYvo3i9RAK6BP4sZmQwcLb`, overrideDestinationChannelEnabled: true })

/** The option `incoming.bodyTimeout` of the server, in milliseconds. */
export const bodyTimeout = 1500

/** The server that the hostile requests are sent to. */
export interface HookTarget {
  readonly port: number
  state (): Promise<HookState>
}

/** Starts the server and ends it with the test. */
export async function startTarget (t: Test): Promise<HookTarget> {
  const child = startChild<HookQuestion, number | HookState>(new URL('./hook-process.js', import.meta.url), ['serve'], new AbortController().signal)
  t.teardown(() => child.end())
  const port = await child.ask('port')
  if (typeof port !== 'number') throw new Error('no port')
  return {
    port,
    async state () {
      const state = await child.ask('state')
      if (typeof state === 'number') throw new Error('no state')
      return state
    }
  }
}
