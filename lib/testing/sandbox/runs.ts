import assert from 'node:assert/strict'
import type { PortCall } from '../../ports/call.ts'
import type { Sandbox, ScriptFailure, ScriptResult, ScriptRun } from '../../ports/sandbox.ts'
import { answerTo } from '../answer-to.ts'

let count = 0

/** A call that is never given up. Many runs wait at the same time: each one has a signal of its own. */
export function patientCall (): PortCall {
  return { signal: new AbortController().signal }
}

/** A run of an integration of its own. */
export function runOf (script: string, parts: Partial<ScriptRun> = {}): ScriptRun {
  return {
    integrationId: `contract-${process.pid}-${count++}`,
    script,
    method: 'process_incoming_request',
    argument: { request: { content: {} } },
    store: new Map(),
    ...parts
  }
}

/** A script whose method for incoming requests has this body. */
export function incoming (body: string): string {
  return `class Script {\n  process_incoming_request ({ request }) {\n    ${body}\n  }\n}\n`
}

/** Runs a script that must succeed. */
export async function succeeds (sandbox: Sandbox, run: ScriptRun): Promise<ScriptResult> {
  return await answerTo(`run of ${JSON.stringify(run.script)}`, () => sandbox.run(run, patientCall()))
}

/** The result of a script whose method for incoming requests has this body. */
export async function resultOf (sandbox: Sandbox, body: string, parts?: Partial<ScriptRun>): Promise<unknown> {
  return (await succeeds(sandbox, runOf(incoming(body), parts))).result
}

/** A failure as `ScriptFailedError` tells it. */
export interface FailureRead {
  readonly reason: ScriptFailure
  readonly thrown?: { readonly name: string, readonly message: string, readonly stack?: string } | undefined
  readonly console: ScriptResult['console']
}

/** Makes sure that a call fails with a `ScriptFailedError`. */
export async function fails (what: string, call: () => unknown, reason: ScriptFailure): Promise<FailureRead> {
  let failure: unknown
  try {
    await call()
  } catch (error) {
    failure = error
  }
  // By the code and not by the class: a host may have another copy of this package.
  assert.ok(isFailure(failure), `${what} throws a ScriptFailedError, and not: ${String(failure)}`)
  assert.equal(failure.reason, reason, `the reason of ${what}`)
  return failure
}

/** Makes sure that a run fails. */
export async function runFails (sandbox: Sandbox, run: ScriptRun, reason: ScriptFailure): Promise<FailureRead> {
  return await fails(`run of ${JSON.stringify(run.script)}`, async () => await sandbox.run(run, patientCall()), reason)
}

function isFailure (error: unknown): error is FailureRead & Error {
  return error instanceof Error && Reflect.get(error, 'code') === 'FCI_ERR_SCRIPT_FAILED' && Array.isArray(Reflect.get(error, 'console'))
}
