import type { Integration, IntegrationType } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import type { PostTarget } from '../ports/messenger.ts'
import type { Grant } from './access.ts'
import type { Calls } from '../guard/calls.ts'
import { directory } from '../guard/tables/directory.ts'
import { sideBySide } from './side-by-side.ts'

/** Channels that stand for many rooms. */
const scopes = ['all_public_channels', 'all_private_groups', 'all_direct_messages'] as const

/** A channel that stands for many rooms. */
export type ChannelScope = typeof scopes[number]

/** The scope that the text names, in any case. */
export function asScope (text: string): ChannelScope | undefined {
  const lower = text.toLowerCase()
  return scopes.find((scope) => scope === lower)
}

/** Whether the text has the form of one room or user. Whether it exists is another question. */
export function namesRoomOrUser (channel: string): boolean {
  return channel.startsWith('#') || channel.startsWith('@')
}

/** An entry of `channel`, or a `targetRoom`. */
export interface NamedChannel {
  /** The name as a client wrote it. */
  readonly text: string
  /**
   * What the name stood for when it was written: `#` and the `_id` of a room,
   * `@` and the `_id` of a user, or a scope. Undefined when that is not known,
   * and the name has to be looked up.
   */
  readonly id: string | undefined
}

/** The channels of an integration. A list of ids that has another length than the list of names says nothing. */
export function channelsOf ({ channel, channelIds }: Pick<Integration, 'channel' | 'channelIds'>): NamedChannel[] {
  const ids = channelIds?.length === channel.length ? channelIds : []
  return channel.map((text, index) => ({ text, id: ids[index] }))
}

/** The target room of an integration; undefined when there is none. */
export function targetRoomOf (integration: Integration): NamedChannel | undefined {
  if (integration.type !== 'webhook-outgoing' || integration.targetRoom === undefined) return undefined
  return { text: integration.targetRoom, id: integration.targetRoomId }
}

/** The caller that asks for channels, and the use of them. */
export interface ChannelRequest {
  readonly type: IntegrationType
  readonly caller: User
  readonly grant: Grant
  /** The user to post as, if there is one. */
  readonly postAs: User | null | undefined
}

/** The fields that hold channels. */
export type ChannelField = 'channel' | 'targetRoom'

/**
 * Makes sure that every entry of `channel` has a meaningful form.
 *
 * @throws IntegrationError `error-invalid-channel-start-with-chars`.
 */
export function requireForm (channels: readonly string[]): void {
  for (const channel of channels) {
    if (namesRoomOrUser(channel) || asScope(channel) !== undefined) continue
    throw new IntegrationError('error-invalid-channel-start-with-chars', { details: { field: 'channel', channel } })
  }
}

/**
 * Makes sure that the channels exist and that the caller may use them. They
 * are looked up side by side; of several failures the first in order is
 * reported. A channel that has an id is looked up by the id, so that a room
 * that got another name is found, and a new room with the old name is not. A
 * caller with the grant `own` gets the same answer for a room that
 * does not exist and for a room that the caller may not use, after the same
 * calls of the directory: neither the answer nor the time tells that a private
 * room exists.
 *
 * @param channels with `#` or `@` in front, or scopes; without, a room or, if
 *   there is none, a user.
 * @returns the ids of the channels, in the same order.
 * @throws IntegrationError `error-invalid-room` or `error-invalid-channel`.
 */
export async function requireChannels (
  calls: Calls, request: ChannelRequest, field: ChannelField, channels: readonly NamedChannel[]
): Promise<readonly string[]> {
  const [only, ...more] = channels
  if (only === undefined) return []
  // By far the most integrations have one channel, which needs no list of promises.
  if (more.length === 0) return [await requireChannel(calls, request, field, only)]
  return await sideBySide(channels.map((channel) => () => requireChannel(calls, request, field, channel)))
}

async function requireChannel (
  calls: Calls, request: ChannelRequest, field: ChannelField, channel: NamedChannel
): Promise<string> {
  const verdict = await judgeChannel(calls, request, channel)
  if (typeof verdict === 'object') return verdict.id
  // The name as it was written: ids are not returned.
  const details = { field, channel: channel.text }
  if (verdict === 'unknown' && request.grant === 'full') throw new IntegrationError('error-invalid-room', { details })
  throw new IntegrationError('error-invalid-channel', { reason: 'Invalid Channel', details })
}

/** A channel that the caller may use. */
export interface UsableChannel {
  /** As in `channelIds` of a record. */
  readonly id: string
  /** The room or the user; undefined for a scope, which stands for many rooms. */
  readonly target: PostTarget | undefined
}

/** Whether the caller may use a channel. */
type Verdict = UsableChannel | 'forbidden' | 'unknown'

/** What is asked of the directory. */
interface Question {
  /** A name or an `_id`. */
  readonly name: string
  /** Whether only the `_id` counts, and not the name. */
  readonly byId: boolean
}

/**
 * Looks a channel up and decides whether the caller may use it. With the grant
 * `own`, the calls are the same for a room that does not exist and for a room
 * that may not be used.
 */
export async function judgeChannel (calls: Calls, request: ChannelRequest, { text, id }: NamedChannel): Promise<Verdict> {
  const { type, grant } = request
  const channel = id ?? text
  const scope = asScope(channel)
  if (scope !== undefined) {
    const open = type === 'webhook-outgoing' && scope === 'all_public_channels'
    return grant === 'full' || open ? { id: scope, target: undefined } : 'forbidden'
  }
  const question = { name: namesRoomOrUser(channel) ? channel.slice(1) : channel, byId: id !== undefined }
  if (question.name === '') return 'unknown'
  if (channel.startsWith('#')) return await judgeRoom(calls, request, question)
  if (channel.startsWith('@')) return await judgeUser(calls, request, question)
  const room = await judgeRoom(calls, request, question)
  if (typeof room === 'object') return room
  // Also asked when the name is that of a room that may not be used: otherwise the calls would tell that it is.
  const user = await judgeUser(calls, request, question)
  return room === 'unknown' ? user : room
}

async function judgeRoom (calls: Calls, { caller, grant }: ChannelRequest, question: Question): Promise<Verdict> {
  const room = meant(await calls.ask(directory.findRoom, question.name), question)
  const usable = room && { id: `#${room._id}`, target: { room } }
  if (grant === 'full') return usable ?? 'unknown'
  // Asked of a room that does not exist as well: the name stands for the _id that it has not.
  const isMember = await calls.ask(directory.isMember, caller._id, room?._id ?? question.name)
  return usable ? (isMember ? usable : 'forbidden') : 'unknown'
}

async function judgeUser (calls: Calls, { caller, grant, postAs }: ChannelRequest, question: Question): Promise<Verdict> {
  const user = meant(await calls.ask(directory.findUser, question.name), question)
  if (!user) return 'unknown'
  const isAllowed = grant === 'full' || user._id === caller._id || user._id === postAs?._id
  return isAllowed ? { id: `@${user._id}`, target: { user } } : 'forbidden'
}

/** The directory also finds by name. Another room or user may have the `_id` that is asked for as its name. */
function meant<T extends { readonly _id: string }> (found: T | null | undefined, { name, byId }: Question): T | undefined {
  return found && (!byId || found._id === name) ? found : undefined
}
