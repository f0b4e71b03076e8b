import { setUp } from './set-up.ts'
import { textHelpers } from './text-helpers.ts'

/**
 * A program for the engine. Its value is a function, which prepares the engine
 * for one script: see {@link setUp}. Strict code, as in a module.
 */
export const program = `((host, longest) => { 'use strict'; return (${setUp.toString()})(host, (${textHelpers.toString()})(), JSON.parse(longest)) })`
