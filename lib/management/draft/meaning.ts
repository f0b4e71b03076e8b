import { isDeepStrictEqual } from 'node:util'
import type { EventName, Integration } from '../../../schemas/index.ts'
import { IntegrationError } from '../../errors/index.ts'
import type { User } from '../../ports/auth.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import type { Calls } from '../../guard/calls.ts'
import { directory } from '../../guard/tables/directory.ts'
import { type Deed, deedOf, knownOf, requireAuthority, requireDeed, type Resolved, type Standing } from './authority.ts'
import { asScope, type NamedChannel, namesRoomOrUser, requireForm } from '../../model/channels.ts'
import { useOf } from '../../model/events.ts'
import type { Draft, IncomingDraft, OutgoingDraft } from './normalize.ts'

/** A draft, the caller that sent it, and what the caller may do now. */
export interface MeaningRequest extends Standing {
  readonly draft: Draft
  /** The integration before an update. */
  readonly previous?: Integration
}

/** What the fields of an incoming draft stand for. */
export interface IncomingPlan extends Resolved {
  readonly draft: IncomingDraft
  /** Channels as they are stored. */
  readonly channels: readonly string[]
}

/** What the fields of an outgoing draft stand for. */
export interface OutgoingPlan extends Resolved {
  readonly draft: OutgoingDraft
  readonly event: EventName
  /** Channels as they are stored; none for an event that uses none. */
  readonly channels: readonly string[]
  readonly targetRoom: string | undefined
}

/**
 * Makes sure that what a draft names has a meaning, exists, and may be used by
 * the caller. Where several things are wrong, the first of these is reported:
 * event, URLs, form of the channels, target room that is missing, and then what
 * {@link requireDeed} lists.
 *
 * An update is looked at in the same way, with what the caller may do now:
 * - an update that makes only light changes is not checked;
 * - an update that changes no room and no user and does not switch on is checked
 *   without asking whether the rooms and users still exist.
 *
 * A name that an update does not change keeps its meaning: what has an id is
 * looked up by the id.
 *
 * @throws IntegrationError
 */
export async function requireMeaning (calls: Calls, request: MeaningRequest): Promise<IncomingPlan | OutgoingPlan> {
  const { draft, previous } = request
  const { type, username, script, scriptEnabled } = draft
  const before = previous && deedOf(previous)
  if (draft.type === 'webhook-incoming') {
    const channels = neededChannels(draft).map((text) => named(text, before?.channels))
    const deed = {
      type, event: undefined, channels, targetRoom: undefined, impersonateUser: undefined, username, script, scriptEnabled
    }
    return { draft, channels: textsOf(channels), ...await requireDeedOf(calls, request, deed) }
  }
  const event = knownEvent(draft)
  requireUrls(draft)
  const use = useOf(event)
  const channels = (use.channel ? neededChannels(draft) : []).map((text) => named(text, before?.channels))
  const targetRoom = draft.targetRoom !== undefined
    ? named(oneTarget(draft.targetRoom), [before?.targetRoom])
    : use.targetRoom ? named(neededTargetRoom(draft), [before?.targetRoom, ...before?.channels ?? []]) : undefined
  const { impersonateUser } = draft
  const deed = { type, event, channels, targetRoom, impersonateUser, username, script, scriptEnabled }
  return { draft, event, channels: textsOf(channels), targetRoom: targetRoom?.text, ...await requireDeedOf(calls, request, deed) }
}

/** A name with the id of the known channel that has the same name. */
function named (text: string, known: ReadonlyArray<NamedChannel | undefined> = []): NamedChannel {
  return { text, id: known.find((channel) => channel?.text === text)?.id }
}

function textsOf (channels: readonly NamedChannel[]): string[] {
  return channels.map(({ text }) => text)
}

/** Checks the deed as closely as the request needs; answers what its names stand for. */
function requireDeedOf (calls: Calls, request: MeaningRequest, deed: Deed): Awaitable<Resolved> {
  const { draft: { username }, previous } = request
  if (previous === undefined) return requireDeed(calls, request, deed, () => find(calls, username))
  const postAs = { _id: previous.userId, username: previous.username }
  switch (weightOf(previous, request.draft, deed)) {
    case 'light': return knownOf(deed, postAs)
    case 'authority': return requireAuthority(calls, request, deed, postAs)
    default: return requireDeed(calls, request, deed, () =>
      username === previous.username ? findAgain(calls, postAs) : find(calls, username))
  }
}

function find (calls: Calls, username: string): Awaitable<User | null | undefined> {
  return username === '' ? null : calls.ask(directory.findUser, username)
}

/** By `_id`: somebody else may have the name by now. */
async function findAgain (calls: Calls, user: User): Promise<User | null> {
  return (await calls.ask(directory.findUser, user._id))?._id === user._id ? user : null
}

/**
 * How closely an update is looked at:
 * - `light`: not at all;
 * - `authority`: the caller must be allowed to do what the integration does;
 * - `all`: as in a create.
 */
type Weight = 'light' | 'authority' | 'all'

/** What may change without another look at what the caller may do; so may `enabled`, from true to false. */
const lightFields: ReadonlySet<string> = new Set(['name', 'alias', 'avatar', 'emoji', 'retryFailedCalls', 'retryCount', 'retryDelay'])

/** When one of these changes, the directory is asked about all of them. */
const nameFields: ReadonlySet<string> = new Set(['channel', 'targetRoom', 'username'])

function weightOf (previous: Integration, draft: Draft, deed: Deed): Weight {
  const changed = changedFields(previous, draft, deed)
  if (changed.some((field) => nameFields.has(field)) || (changed.includes('enabled') && draft.enabled)) return 'all'
  return changed.every((field) => lightFields.has(field) || field === 'enabled') ? 'light' : 'authority'
}

/** Fields of a draft that a record holds under another name, or not at all. */
const otherFields: ReadonlySet<string> = new Set(['channels', 'eventText'])

/** Fields that would be stored with another value. Every field of a draft is looked at, so that none is forgotten. */
function changedFields (previous: Integration, draft: Draft, { channels, targetRoom }: Deed): string[] {
  const next = Object.entries({ ...draft, channel: textsOf(channels), targetRoom: targetRoom?.text }).filter(([field]) => !otherFields.has(field))
  return next.flatMap(([field, value]) => (isDeepStrictEqual(value, Reflect.get(previous, field)) ? [] : [field]))
}

function knownEvent ({ event, eventText }: OutgoingDraft): EventName {
  if (event !== undefined) return event
  throw new IntegrationError('error-invalid-event-type', { details: { field: 'event', event: eventText } })
}

function requireUrls ({ urls }: OutgoingDraft): void {
  if (urls.length === 0) throw new IntegrationError('error-invalid-urls', { details: { field: 'urls' } })
}

function neededChannels ({ channels }: Draft): readonly string[] {
  if (channels.length === 0) throw new IntegrationError('error-invalid-channel', { details: { field: 'channel' } })
  requireForm(channels)
  return channels
}

/** Clients that know no `targetRoom` name the one room or user in `channel`. */
function neededTargetRoom ({ channels: [channel, ...others] }: Draft): string {
  if (channel !== undefined && others.length === 0 && namesRoomOrUser(channel)) return channel
  throw new IntegrationError('error-invalid-targetRoom', { details: { field: 'targetRoom' } })
}

/** A target is one room or user: no scope. */
function oneTarget (targetRoom: string): string {
  if (asScope(targetRoom) === undefined) return targetRoom
  throw new IntegrationError('error-invalid-targetRoom', { details: { field: 'targetRoom', channel: targetRoom } })
}
