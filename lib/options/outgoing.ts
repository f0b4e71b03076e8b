import { type Static, Type } from '@sinclair/typebox'
import { requireKnownOptions } from '../base/known-options.ts'
import { InvalidOptionError } from '../errors/index.ts'
import { count, longestTimeout, plain, readSection } from './section.ts'

/** Settings of outgoing webhooks. */
export interface OutgoingOptions {
  /**
   * The address of the chat, for the field `siteUrl` of what receivers are sent.
   *
   * @defaultValue `''`
   */
  readonly siteUrl?: string | undefined
  /**
   * How long the call of a receiver may take, from the look-up of its name to
   * the last byte of its answer, in milliseconds.
   *
   * @defaultValue `10000`
   */
  readonly timeout?: number | undefined
  /**
   * Largest body of an answer in bytes, compressed and decompressed. A larger
   * one ends the call. With a status of 2xx, the delivery is a success all the
   * same, and nothing of the answer is posted.
   *
   * @defaultValue `1048576` (1 MiB)
   */
  readonly maxResponseBytes?: number | undefined
  /**
   * Longest text of a message that an answer makes, in UTF-16 units. A longer
   * text is cut and ends with an ellipsis.
   *
   * @defaultValue `40000`
   */
  readonly maxTextLength?: number | undefined
  /**
   * How many receivers this process calls at a time. One creator without the
   * permission `manage-outgoing-integrations` gets a quarter of them, and slow
   * receivers together get half. Also the `concurrency` of the in-process queue
   * that the plugin makes.
   *
   * @defaultValue `64`
   */
  readonly concurrency?: number | undefined
  /**
   * Addresses that may be called although they are not public: hosts, addresses
   * and networks, each with a port, with `:*` for every port, or with neither,
   * which means 80 and 443. Link-local and metadata addresses are opened only by
   * a network of their own.
   *
   * @defaultValue `[]`
   */
  readonly allow?: readonly string[] | undefined
  /**
   * Whose integrations may call the addresses of `allow`: those whose creator
   * holds the permission `manage-outgoing-integrations` (`'full'`), or all.
   *
   * @defaultValue `'full'`
   */
  readonly allowFor?: 'full' | 'all' | undefined
  /**
   * A store that cannot be followed is read anew after so many milliseconds. A
   * change that another process has made takes effect then.
   *
   * @defaultValue `10000`
   */
  readonly rereadAfter?: number | undefined
}

/** The plain options of outgoing webhooks. */
export const outgoingSection = Type.Object({
  siteUrl: plain(Type.String(), { default: '', must: 'must be a text' }),
  timeout: count(10_000, longestTimeout),
  maxResponseBytes: count(1024 * 1024),
  maxTextLength: count(40_000),
  concurrency: count(64, 10_000),
  // The transport reads the entries.
  allow: plain(Type.Array(Type.String()), { default: [], must: "must be an array of hosts and networks: ['10.1.0.0/16:*', 'jenkins.local']" }),
  allowFor: plain(Type.Union([Type.Literal('full'), Type.Literal('all')]), { default: 'full', must: "must be 'full' or 'all'" }),
  rereadAfter: count(10_000, longestTimeout)
})

/** The settings of outgoing webhooks, with their defaults. Frozen. */
export type OutgoingSettings = Readonly<Omit<Static<typeof outgoingSection>, 'allow'>> & { readonly allow: readonly string[] }

/**
 * Checks the settings of outgoing webhooks and fills in defaults.
 *
 * @param given the option `outgoing` as the host gave it.
 * @throws InvalidOptionError that names the option.
 */
export function readOutgoing (given: unknown = {}): OutgoingSettings {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('outgoing', 'must be an object, or false')
  requireKnownOptions(given, Object.keys(outgoingSection.properties), undefined, 'outgoing.')
  const settings = readSection(outgoingSection, given, 'outgoing.')
  return Object.freeze({ ...settings, allow: Object.freeze([...settings.allow]) })
}
