import type { DeliveryExplanation } from '../../schemas/explain.ts'
import type { HistoryMessage } from '../../schemas/history.ts'
import type { Integration } from '../../schemas/index.ts'
import { Calls } from '../guard/calls.ts'
import type { Ports } from '../guard/ports.ts'
import type { Timeout } from '../guard/time-budget.ts'
import type { ScriptEnd, ScriptRunner } from '../model/script/runner.ts'
import type { User } from '../ports/auth.ts'
import type { Messenger, PostRequest } from '../ports/messenger.ts'
import type { ScriptMethod } from '../ports/sandbox.ts'
import type { IntegrationStore, StoredIntegration } from '../ports/store.ts'

/** Options of {@link Rehearsal}. */
export interface RehearsalOptions {
  readonly ports: Ports
  readonly timeout: Timeout
  readonly scripts: ScriptRunner
  readonly caller: User
  readonly integration: Integration
}

type RunFields = Pick<DeliveryExplanation, 'messages' | 'script'>

/**
 * A run of an integration that changes nothing: the parts that do the real work
 * get ports that only note what they are asked. The host's directory,
 * permissions and sandbox are the real ones.
 */
export class Rehearsal {
  /** By the `_id` that they were answered. */
  readonly #posts = new Map<string, PostRequest>()
  readonly #runs: RunFields['script'] = []

  /** Runs scripts beside the real ones: all runs of one caller wait for one another, and none changes `Store`. */
  readonly scripts: ScriptRunner

  /** The calls of all the work: everything together takes no longer than one request. */
  readonly calls: Calls

  constructor ({ ports, timeout, scripts, caller, integration }: RehearsalOptions) {
    const messenger = ports.messenger && this.#messenger(ports.messenger)
    this.calls = new SharedCalls({ ...ports, store: storeOf(integration), messenger }, timeout)
    this.scripts = scripts.rehearsal(`explain ${caller._id}`, (method, end) => { this.#runs.push(runOf(method, end)) })
  }

  /** The messages with these fates, and the runs since the last call of this method. */
  take (fates: readonly HistoryMessage[]): RunFields {
    const messages = fates.map(({ channel, _id = '', error }): RunFields['messages'][number] => {
      const post = this.#posts.get(_id)
      return { channel, ...(error !== undefined && { error }), ...(post !== undefined && { as: post.as.username, message: post.message }) }
    })
    return { messages, script: this.#runs.splice(0) }
  }

  #messenger (real: Messenger): Messenger {
    return {
      ...(real.check !== undefined && { check: (request, call) => real.check?.(request, call) }),
      post: (request) => {
        const _id = `not-posted-${this.#posts.size + 1}`
        this.#posts.set(_id, request)
        return { _id }
      }
    }
  }
}

/** Real work gets time of its own for what follows the call of a receiver. Here, all of it shares one budget. */
class SharedCalls extends Calls {
  override afresh (): Calls {
    return this
  }
}

function runOf (method: ScriptMethod, end: ScriptEnd): RunFields['script'][number] {
  const console = [...end.console]
  switch (end.kind) {
    case 'ran': return { method, ...(end.result !== undefined && { result: end.result }), console }
    case 'fault': return { method, error: end.error, console }
    case 'busy': return { method, error: 'busy: too many scripts wait', console }
  }
}

/** A store that holds one integration. Every change of it succeeds and has no effect. */
function storeOf (integration: Integration): IntegrationStore {
  const stored: StoredIntegration = { integration, revision: 'rehearsal' }
  const unused = (): never => { throw new Error('an explanation needs no such method') }
  return {
    find: (id) => (id === integration._id ? stored : null),
    replace: () => true,
    insert: unused,
    claim: unused,
    settle: unused,
    release: unused,
    findByTargetUrl: unused,
    list: unused,
    remove: unused
  }
}
