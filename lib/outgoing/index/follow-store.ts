import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { OutgoingIntegrationSchema } from '../../../schemas/index.ts'
import { AdapterAnswerError } from '../../errors/index.ts'
import type { FollowListener, StoreChange } from '../../ports/store.ts'
import type { IndexSourceOptions } from './options.ts'
import { triggerOf } from './trigger.ts'
import { TriggerIndex } from './trigger-index.ts'

/** The types of integrations that the index knows. */
const types = ['webhook-outgoing'] as const

/** What the index reads of an integration. */
const readSchema = Type.Pick(OutgoingIntegrationSchema, [
  '_id', 'type', 'enabled', 'event', 'urls', 'channel', 'channelIds', 'triggerWords', 'triggerWordAnywhere', 'runOnEdits'
])

/** Made by the first integration: a server without outgoing webhooks pays nothing. */
let read: TypeCheck<typeof readSchema> | undefined

/** Keeps an index by following a store, until the signal is aborted. Never rejects. */
export async function followStore (options: IndexSourceOptions, signal: AbortSignal): Promise<void> {
  const { store, rereadAfter, log, loggable } = options
  while (!signal.aborted) {
    try {
      await store.follow?.(types, new IndexListener(options), { signal })
      if (!signal.aborted) log.warn({}, 'store.follow ended by itself; the store is followed again')
    } catch (error) {
      log.warn({ err: loggable(error) }, 'store.follow failed; the store is followed again')
    }
    await sleep(rereadAfter, undefined, { signal }).catch(() => {})
  }
}

/**
 * Makes an index of what a feed tells. When the feed starts over, events are
 * matched with the earlier index until all integrations have been told again.
 */
class IndexListener implements FollowListener {
  readonly #options: IndexSourceOptions
  #index = new TriggerIndex()

  constructor (options: IndexSourceOptions) {
    this.#options = options
  }

  change (change: StoreChange): void {
    switch (change.kind) {
      case 'reset': this.#index = new TriggerIndex(); break
      case 'present': this.#put(change); break
      case 'removed': this.#index.remove(change._id); break
      case 'unreadable':
        this.#index.remove(change._id)
        this.#options.reportUnreadable([change.error])
        break
      case 'live': this.#options.publish(this.#index); break
      // The index stays as it is until the store can be reached again.
      case 'stale': break
    }
  }

  error (error: unknown): void {
    const { log, loggable } = this.#options
    log.warn({ err: loggable(error) }, 'the store cannot be followed; changes of outgoing webhooks take effect later')
  }

  #put ({ integration }: Extract<StoreChange, { kind: 'present' }>): void {
    if (integration.type !== 'webhook-outgoing') return
    const { _id } = integration
    read ??= TypeCompiler.Compile(readSchema)
    if (!read.Check(integration)) {
      const field = read.Errors(integration).First()?.path ?? ''
      this.#index.remove(_id)
      this.#options.reportUnreadable([new AdapterAnswerError('store.follow', `integrations; the field ${field} of one of them does not fit`)])
      return
    }
    const trigger = triggerOf(integration)
    if (trigger === undefined) this.#index.remove(_id)
    else this.#index.put(trigger)
  }
}
