import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingIntegration } from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import { disabledHook, type Failed, tooManyRequests, unavailable, unknownHook } from './outcome.ts'
import { RateLimit } from './rate-limit.ts'
import { senderAddress } from './sender-address.ts'

/** The parts of a hook's path. */
export interface HookAddress {
  readonly integrationId: string
  readonly token: string
}

/** The settings of admission. */
export interface AdmissionSettings {
  /** Requests a minute of one integration; false: no limit. */
  readonly rateLimit: number | false
  /** Requests a minute with a wrong id or token of one address; false: no limit. */
  readonly wrongTokenLimit: number | false
}

/** A request that may post. */
export interface Admitted {
  readonly kind: 'admitted'
  readonly integration: IncomingIntegration
}

/** The steps before the body of a request is read. */
export class Admission {
  readonly #ofIntegration: RateLimit | undefined
  readonly #ofAddress: RateLimit | undefined
  readonly #reports = new RateLimit(1)
  readonly #reportWrongTokens: (address: string) => void

  /** @param reportWrongTokens called when an address has sent too many wrong tokens; once a minute for each address. */
  constructor ({ rateLimit, wrongTokenLimit }: AdmissionSettings, reportWrongTokens: (address: string) => void) {
    if (rateLimit !== false) this.#ofIntegration = new RateLimit(rateLimit)
    if (wrongTokenLimit !== false) this.#ofAddress = new RateLimit(wrongTokenLimit)
    this.#reportWrongTokens = reportWrongTokens
  }

  /**
   * Finds the integration and makes sure that the sender may post. An id that no
   * integration has, a wrong token and an integration of another type have the
   * same answer after the same calls.
   *
   * @param ip the address of the sender.
   */
  async admit (calls: Calls, address: HookAddress, ip: string): Promise<Admitted | Failed> {
    const integration = await this.look(calls, address, ip)
    if (integration.kind === 'failed') return integration
    if (!integration.integration.enabled) return disabledHook()
    const wait = this.#ofIntegration?.take(integration.integration._id) ?? 0
    return wait > 0 ? tooManyRequests(wait) : integration
  }

  /** The same without the integration's own limit, also for an integration that is switched off. */
  async look (calls: Calls, { integrationId, token }: HookAddress, ip: string): Promise<Admitted | Failed> {
    let integration
    try {
      integration = (await calls.ask(store.find, integrationId))?.integration
    } catch (error) {
      // Also a record that cannot be read: a key that is being rolled out makes it readable.
      return unavailable(error)
    }
    const isRight = isSameToken(token, integration?.token)
    if (isRight && integration?.type === 'webhook-incoming') return { kind: 'admitted', integration }
    return this.#wrong(senderAddress(ip))
  }

  #wrong (address: string): Failed {
    const wait = this.#ofAddress?.take(address) ?? 0
    if (wait === 0) return unknownHook()
    if (this.#reports.take(address) === 0) this.#reportWrongTokens(address)
    return tooManyRequests(wait)
  }
}

/** Compares in constant time: the time tells nothing about the token. */
function isSameToken (guess: string, token: string | undefined): boolean {
  return timingSafeEqual(sha256(guess), sha256(token ?? '')) && token !== undefined && token !== ''
}

function sha256 (text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
