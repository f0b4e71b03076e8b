import type { IntegrationType } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import type { PostTarget } from '../ports/messenger.ts'
import type { Awaitable } from '../ports/awaitable.ts'
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
 * reported. A caller with the grant `own` gets the same answer for a room that
 * does not exist and for a room that the caller may not use, after the same
 * calls of the directory: neither the answer nor the time tells that a private
 * room exists.
 *
 * @param channels with `#` or `@` in front, or scopes; without, a room or, if
 *   there is none, a user.
 * @throws IntegrationError `error-invalid-room` or `error-invalid-channel`.
 */
export function requireChannels (
  calls: Calls, request: ChannelRequest, field: ChannelField, channels: readonly string[]
): Awaitable<unknown> {
  const [only, ...more] = channels
  if (only === undefined) return
  // By far the most integrations have one channel, which needs no list of promises.
  if (more.length === 0) return requireChannel(calls, request, field, only)
  return sideBySide(channels.map((channel) => async () => { await requireChannel(calls, request, field, channel) }))
}

async function requireChannel (
  calls: Calls, request: ChannelRequest, field: ChannelField, channel: string
): Promise<void> {
  const { verdict } = await judgeChannel(calls, request, channel)
  if (verdict === 'allowed') return
  const details = { field, channel }
  if (verdict === 'unknown' && request.grant === 'full') throw new IntegrationError('error-invalid-room', { details })
  throw new IntegrationError('error-invalid-channel', { reason: 'Invalid Channel', details })
}

/** Whether a channel exists and may be used. */
export type Judgement =
  /** `target` is absent for a scope, which stands for many rooms. */
  | { readonly verdict: 'allowed', readonly target?: PostTarget }
  | { readonly verdict: 'forbidden' | 'unknown' }

/**
 * Looks a channel up and decides whether it may be used. The calls are the same
 * for a room that does not exist and for a room that may not be used.
 */
export async function judgeChannel (calls: Calls, request: ChannelRequest, channel: string): Promise<Judgement> {
  const { type, grant } = request
  const scope = asScope(channel)
  if (scope !== undefined) {
    const open = type === 'webhook-outgoing' && scope === 'all_public_channels'
    return { verdict: grant === 'full' || open ? 'allowed' : 'forbidden' }
  }
  const name = namesRoomOrUser(channel) ? channel.slice(1) : channel
  if (name === '') return { verdict: 'unknown' }
  if (channel.startsWith('#')) return await judgeRoom(calls, request, name)
  if (channel.startsWith('@')) return await judgeUser(calls, request, name)
  const room = await judgeRoom(calls, request, name)
  if (room.verdict === 'allowed') return room
  // Also asked when the name is that of a room that may not be used: otherwise the calls would tell that it is.
  const user = await judgeUser(calls, request, name)
  return room.verdict === 'unknown' ? user : room
}

async function judgeRoom (calls: Calls, { caller, grant }: ChannelRequest, name: string): Promise<Judgement> {
  const room = await calls.ask(directory.findRoom, name)
  if (grant === 'full') return room ? { verdict: 'allowed', target: { room } } : { verdict: 'unknown' }
  // Asked of a room that does not exist as well: the name stands for the _id that it has not.
  const isMember = await calls.ask(directory.isMember, caller._id, room?._id ?? name)
  if (!room) return { verdict: 'unknown' }
  return isMember ? { verdict: 'allowed', target: { room } } : { verdict: 'forbidden' }
}

async function judgeUser (calls: Calls, { caller, grant, postAs }: ChannelRequest, name: string): Promise<Judgement> {
  const user = await calls.ask(directory.findUser, name)
  if (!user) return { verdict: 'unknown' }
  const isAllowed = grant === 'full' || user._id === caller._id || user._id === postAs?._id
  return isAllowed ? { verdict: 'allowed', target: { user } } : { verdict: 'forbidden' }
}
