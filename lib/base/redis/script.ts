import { createHash } from 'node:crypto'
import type { RedisClient } from './client-state.ts'

/** A Lua script, and the hash by which Redis knows the script. */
export interface RedisScript {
  readonly lua: string
  readonly sha: string
}

/** Makes a script from its source. */
export function script (lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** Whether Redis does not know a script by its hash: it was restarted or flushed, or this node never saw the script. */
export function isUnknownScript (message: string): boolean {
  return message.startsWith('NOSCRIPT')
}

/**
 * Runs a script, by its hash if Redis knows the script already.
 *
 * @throws what ioredis throws.
 */
export async function runScript (
  client: RedisClient, { lua, sha }: RedisScript, keys: readonly string[], args: readonly string[]
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error) || !isUnknownScript(error.message)) throw error
    // The script has not run.
    return await client.eval(lua, keys.length, ...keys, ...args)
  }
}
