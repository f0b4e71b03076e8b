import { type ConsoleLine, consoleLevels } from '../../../schemas/history.ts'
import { ScriptFailedError, type ScriptThrown } from '../../errors/refusals.ts'
import type { Sandbox, ScriptFailure, ScriptResult } from '../../ports/sandbox.ts'
import { type Answer, kindOf, nothing, propertyOf } from '../answer.ts'
import { methodsOf, type PortTable } from '../table.ts'

/** The most lines of `console` that are read. */
const mostLines = 1000

/** Every reason of a failure. */
const failures: Readonly<Record<ScriptFailure, true>> = {
  syntax: true,
  'no-class': true,
  threw: true,
  pending: true,
  late: true,
  memory: true,
  'input-too-large': true,
  'output-too-large': true,
  result: true,
  paused: true,
  'no-sandbox': true,
  busy: true
}

const scriptResult: Answer<ScriptResult> = {
  read (answer) {
    const [hasMethod, console] = [propertyOf(answer, 'hasMethod'), linesOf(propertyOf(answer, 'console'))]
    if (typeof hasMethod !== 'boolean' || console === undefined) return undefined
    const result = jsonOf(propertyOf(answer, 'result'))
    return result === undefined ? undefined : { value: { result: result.value, hasMethod, console } }
  },
  must: (answer) => `the result of the method as JSON data, hasMethod and console; the answer is ${kindOf(answer)}`
}

/** A copy of JSON data, wrapped; undefined when the value is no JSON data. */
function jsonOf (value: unknown): { readonly value: unknown } | undefined {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return { value }
  try {
    const json: unknown = JSON.stringify(value)
    return typeof json === 'string' ? { value: JSON.parse(json) } : undefined
  } catch {
    return undefined
  }
}

/** A copy of lines of `console`; undefined when one of them is none. */
function linesOf (lines: unknown): ConsoleLine[] | undefined {
  if (!Array.isArray(lines)) return undefined
  const copies: ConsoleLine[] = []
  for (const line of lines.slice(0, mostLines)) {
    const [name, text] = [propertyOf(line, 'level'), propertyOf(line, 'text')]
    const level = consoleLevels.find((known) => known === name)
    if (level === undefined || typeof text !== 'string') return undefined
    copies.push({ level, text })
  }
  return copies
}

function thrownOf (value: unknown): ScriptThrown | undefined {
  const [name, message, stack] = [propertyOf(value, 'name'), propertyOf(value, 'message'), propertyOf(value, 'stack')]
  if (typeof name !== 'string' || typeof message !== 'string') return undefined
  return { name, message, ...(typeof stack === 'string' && { stack }) }
}

/** A failure is told by its code: the host may have another copy of this package. */
function failure (thrown: unknown): ScriptFailedError | undefined {
  if (thrown instanceof ScriptFailedError) return thrown
  const reason = propertyOf(thrown, 'reason')
  if (propertyOf(thrown, 'code') !== 'FCI_ERR_SCRIPT_FAILED' || !isFailure(reason)) return undefined
  const error = thrownOf(propertyOf(thrown, 'thrown'))
  return new ScriptFailedError(reason, { cause: thrown, console: linesOf(propertyOf(thrown, 'console')) ?? [], ...(error !== undefined && { thrown: error }) })
}

function isFailure (reason: unknown): reason is ScriptFailure {
  return typeof reason === 'string' && Object.hasOwn(failures, reason)
}

const method = methodsOf<Sandbox>('sandbox', failure)

/** The table of the port `sandbox`. */
export const sandbox = {
  run: method('run', scriptResult),
  load: method('load', nothing)
} satisfies PortTable<Pick<Sandbox, 'run' | 'load'>>
