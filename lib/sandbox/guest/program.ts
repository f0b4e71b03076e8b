import { setUp } from './set-up.ts'
import { textHelpers } from './text-helpers.ts'

/**
 * A program for the engine. Its value is a function, which prepares the engine
 * for one script: see {@link setUp}.
 */
export const program = `((host, longest) => (${setUp.toString()})(host, (${textHelpers.toString()})(), JSON.parse(longest)))`
