import { type IncomingIntegration, limits, rawLimits } from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { directory } from '../guard/tables/directory.ts'
import type { Authorities } from '../model/authority.ts'
import { asScope, judgeChannel } from '../model/channels.ts'
import type { User } from '../ports/auth.ts'
import type { PostTarget } from '../ports/messenger.ts'
import { type Failed, type NotPosted, refused } from './outcome.ts'

/** A place where a message goes. */
export interface Destination {
  /** As the integration or the payload names it. */
  readonly channel: string
  /** The same for the same place, under whatever name. */
  readonly id: string
  readonly target: PostTarget
}

/** Finds the places that a message of an integration goes to. */
export interface DestinationSearch {
  readonly integration: IncomingIntegration
  readonly postAs: User
  readonly authorities: Authorities
  /** The destinations that the payload asks for; empty when it asks for none. */
  readonly asked: readonly string[]
}

/**
 * Finds every destination, in order: those that the payload asks for, if it asks
 * for any and the integration allows it, otherwise those of the integration.
 *
 * @returns a failure when the integration does not allow the payload to choose, or posts nowhere.
 */
export async function findDestinations (
  calls: Calls, search: DestinationSearch
): Promise<ReadonlyArray<Destination | NotPosted> | Failed> {
  const { integration, asked } = search
  if (asked.length === 0) {
    const found = await Promise.all(integration.channel.map((channel, index) =>
      asScope(channel) === undefined ? ofIntegration(calls, channel, integration.channelIds?.[index]) : undefined))
    const places = found.filter((place) => place !== undefined)
    return places.length > 0 ? places : refused('error-invalid-channel')
  }
  if (!integration.overrideDestinationChannelEnabled) {
    return refused('error-not-allowed', 'overriding destination channel is disabled for this integration')
  }
  // Nothing is looked up under such a name, and no note of a delivery holds it.
  if (asked.length > limits.channels || asked.some(({ length }) => length > rawLimits.reference)) return refused('error-invalid-channel')
  return await chosen(calls, search)
}

/** A place that the payload asks for needs a user that answers for the integration, and that may use this place now. */
async function chosen (
  calls: Calls, { integration, postAs, authorities, asked }: DestinationSearch
): Promise<ReadonlyArray<Destination | NotPosted> | Failed> {
  const authority = await authorities.of(calls, integration)
  if (authority === null) return { ...refused('error-not-allowed'), details: { reason: 'creator-gone' } }
  const { user: caller, grant } = authority
  return await Promise.all(asked.map(async (channel) => {
    if (asScope(channel) !== undefined) return { channel, error: 'error-invalid-channel' }
    const verdict = await judgeChannel(calls, { type: integration.type, caller, grant, postAs }, { text: channel, id: undefined })
    if (typeof verdict === 'object' && verdict.target !== undefined) return { channel, id: verdict.id, target: verdict.target }
    // With the grant `own`, nobody learns which rooms exist.
    return { channel, error: grant === 'full' ? 'invalid-channel' : 'error-not-allowed' }
  }))
}

/** A place of the integration, by the id that it was resolved to when it was written, or by its name. */
async function ofIntegration (calls: Calls, channel: string, id: string | undefined): Promise<Destination | NotPosted> {
  const name = (id ?? channel).slice(1)
  if (channel.startsWith('@')) {
    const user = await calls.ask(directory.findUser, name)
    if (user && (id === undefined || user._id === name)) return place(channel, { user })
  } else {
    const room = await calls.ask(directory.findRoom, name)
    if (room && (id === undefined || room._id === name)) return place(channel, { room })
  }
  return { channel, error: 'invalid-channel' }
}

function place (channel: string, target: PostTarget): Destination {
  return { channel, id: 'room' in target ? `#${target.room._id}` : `@${target.user._id}`, target }
}
