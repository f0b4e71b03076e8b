import { type EventName, type Integration } from '../../schemas/index.ts'
import { IntegrationError } from '../errors.ts'
import { type User } from '../ports/auth.ts'
import { type Awaitable } from '../ports/awaitable.ts'
import { type Grant, permissionFor, requirePostAs } from './access.ts'
import { type AdapterCalls } from './adapter-calls.ts'
import { asScope, namesRoomOrUser, requireChannels, requireForm } from './channels.ts'
import { useOf } from './events.ts'
import { type Draft, type IncomingDraft, type OutgoingDraft } from './normalize.ts'

/** Whether the host accepts scripts at all. */
export type ScriptPolicy = 'allow' | 'refuse'

/** Who wants what, and what it may. */
export interface MeaningRequest {
  readonly caller: User
  readonly grant: Grant
  readonly draft: Draft
  readonly scripts: ScriptPolicy
  /**
   * The integration before an update. What it has already is not checked
   * again: whoever switches an integration off need not mend it first.
   */
  readonly previous?: Integration
}

/** What the fields of an incoming draft stand for. */
export interface IncomingPlan {
  readonly draft: IncomingDraft
  /** Channels as they are stored. */
  readonly channels: readonly string[]
  readonly postAs: User
}

/** What the fields of an outgoing draft stand for. */
export interface OutgoingPlan {
  readonly draft: OutgoingDraft
  readonly event: EventName
  /** Channels as they are stored; none for an event that uses none. */
  readonly channels: readonly string[]
  readonly targetRoom: string | undefined
  readonly postAs: User
}

/**
 * Makes sure that everything a draft names exists and that the caller may use
 * it. Where several things are wrong, the first of these is reported: event,
 * form of the channels, channels, permission for the event, target room, user
 * to post as, script.
 *
 * @throws IntegrationError
 */
export function requireMeaning (calls: AdapterCalls, request: MeaningRequest): Promise<IncomingPlan | OutgoingPlan> {
  const { draft } = request
  return draft.type === 'webhook-incoming'
    ? requireIncoming(calls, request, draft)
    : requireOutgoing(calls, request, draft)
}

async function requireIncoming (
  calls: AdapterCalls, request: MeaningRequest, draft: IncomingDraft
): Promise<IncomingPlan> {
  const { caller, grant } = request
  const channels = neededChannels(draft)
  const postAs = await findPostAs(calls, request)
  const added = without(channels, known(request))
  await requireChannels(calls, { type: draft.type, caller, grant, postAs }, 'channel', added)
  const plan = { draft, channels, postAs: await postAsOf(calls, request, postAs) }
  requireScriptPolicy(request)
  return plan
}

async function requireOutgoing (
  calls: AdapterCalls, request: MeaningRequest, draft: OutgoingDraft
): Promise<OutgoingPlan> {
  const { caller, grant } = request
  const previous = request.previous?.type === draft.type ? request.previous : undefined
  const event = knownEvent(draft)
  const use = useOf(event)
  const channels = use.channel ? neededChannels(draft) : []
  const postAs = await findPostAs(calls, request)
  const channelRequest = { type: draft.type, caller, grant, postAs }
  await requireChannels(calls, channelRequest, 'channel', without(channels, known(request)))
  if (!use.channel && grant !== 'full' && event !== previous?.event) {
    throw new IntegrationError('error-invalid-permissions', {
      details: { field: 'event', event, permission: permissionFor(draft.type, 'full') }
    })
  }
  const targetRoom = draft.targetRoom ?? (use.targetRoom ? neededTargetRoom(draft) : undefined)
  if (targetRoom !== undefined && targetRoom !== previous?.targetRoom) {
    requireTargetForm(targetRoom)
    await requireChannels(calls, channelRequest, 'targetRoom', [targetRoom])
  }
  const plan = { draft, event, channels, targetRoom, postAs: await postAsOf(calls, request, postAs) }
  requireScriptPolicy(request)
  return plan
}

/** The user to post as, or nobody; who it is matters to the channels before it matters itself. */
function findPostAs (
  calls: AdapterCalls, { draft: { username }, previous }: MeaningRequest
): Awaitable<User | null | undefined> {
  if (username === previous?.username) return { _id: previous.userId, username }
  return username === '' ? null : calls.findUser(username)
}

function postAsOf (
  calls: AdapterCalls, { caller, grant, draft: { username }, previous }: MeaningRequest, postAs: User | null | undefined
): Awaitable<User> {
  if (postAs && username === previous?.username) return postAs
  return requirePostAs(calls, caller, grant, username, postAs)
}

/** Channels that were checked before. What one may do with a user's depends on whom it posts as. */
function known ({ draft: { username }, previous }: MeaningRequest): readonly string[] | undefined {
  return username === previous?.username ? previous.channel : previous?.channel.filter((channel) => !channel.startsWith('@'))
}

function without (channels: readonly string[], known: readonly string[] = []): readonly string[] {
  return channels.filter((channel) => !known.includes(channel))
}

function requireScriptPolicy ({ scripts, draft: { script, scriptEnabled }, previous }: MeaningRequest): void {
  const isNew = script !== undefined && script !== previous?.script
  const isEnabled = scriptEnabled && previous?.scriptEnabled !== true
  if (scripts === 'allow' || (!isNew && !isEnabled)) return
  throw new IntegrationError('error-scripts-disabled', { details: { field: isNew ? 'script' : 'scriptEnabled' } })
}

function knownEvent ({ event, eventText }: OutgoingDraft): EventName {
  if (event !== undefined) return event
  throw new IntegrationError('error-invalid-event-type', { details: { field: 'event', event: eventText } })
}

function neededChannels ({ channels }: Draft): readonly string[] {
  if (channels.length === 0) throw new IntegrationError('error-invalid-channel', { details: { field: 'channel' } })
  requireForm('channel', channels)
  return channels
}

/** Clients that know no `targetRoom` name the one room or user in `channel`. */
function neededTargetRoom ({ channels: [channel, ...others] }: Draft): string {
  if (channel !== undefined && others.length === 0 && namesRoomOrUser(channel)) return channel
  throw new IntegrationError('error-invalid-targetRoom', { details: { field: 'targetRoom' } })
}

/** A target is one room or user: no scope. */
function requireTargetForm (targetRoom: string): void {
  if (asScope(targetRoom) !== undefined) {
    throw new IntegrationError('error-invalid-targetRoom', { details: { field: 'targetRoom', channel: targetRoom } })
  }
  requireForm('targetRoom', [targetRoom])
}
