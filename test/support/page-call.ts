import { root } from './root.ts'
import { run } from './run.ts'

/** The parts of an integration that later calls of a page need. */
export interface Created {
  readonly _id: string
  readonly hookPath?: string
}

/** An answer to a call of a page, as far as later calls need it. */
export interface CallAnswer {
  readonly integration?: Created
}

/** Sends a call of a page to the server at this address, with the parts of an integration in the places that the page names. */
export async function sendCall (call: string, address: string, { _id, hookPath = '' }: Created = { _id: '' }): Promise<CallAnswer> {
  if (!call.startsWith('curl ') || !call.includes('http://localhost:3000/')) throw new Error(`no call of the server of the pages: ${call}`)
  const filledIn = call.replace('/hooks/ID/TOKEN', hookPath).replace(/\bID\b/, _id).replace('http://localhost:3000', address).replace('curl ', 'curl -sS ')
  return JSON.parse(await run('sh', ['-c', filledIn], root))
}
