import { hash } from 'node:crypto'
import type { HistoryMessage } from '../../../schemas/history.ts'
import type { HookMessage } from '../../../schemas/hooks/message.ts'
import type { OutgoingIntegration } from '../../../schemas/index.ts'
import { PostRefusedError } from '../../errors/refusals.ts'
import type { Calls } from '../../guard/calls.ts'
import { directory } from '../../guard/tables/directory.ts'
import { messenger } from '../../guard/tables/messenger.ts'
import { targetRoomOf } from '../../model/channels.ts'
import { readJson } from '../../model/json.ts'
import { frozen } from '../../model/message/frozen.ts'
import { messageOf } from '../../model/message/message.ts'
import { field, isPayload } from '../../model/message/payload.ts'
import type { User } from '../../ports/auth.ts'
import type { PostTarget } from '../../ports/messenger.ts'
import type { Job } from '../../ports/queue.ts'

/** What the answer of a receiver asks for. */
export interface Reply {
  /** Undefined when the answer asks for no message. */
  readonly message: HookMessage | undefined
  /** Remarks for the history. */
  readonly notes: readonly string[]
}

const nothing: Reply = { message: undefined, notes: [] }

/** A text of which a message may be made. */
export interface Said {
  /** The body of an answer; or JSON that a script made. */
  readonly text: string
  readonly byScript?: true
}

/** The content that a script made, as it is kept until it can be posted. */
export function saidByScript (content: unknown): Said {
  return { text: JSON.stringify(content) ?? 'null', byScript: true }
}

/** Reads an answer, or the content that a script made of the answer. */
export function readSaid ({ text, byScript }: Said, integration: OutgoingIntegration, maxTextLength: number): Reply {
  if (byScript !== true) return replyOf(text, integration, maxTextLength)
  const json = readJson(text)
  return json.kind === 'fault' ? nothing : contentOf(json.value, integration, maxTextLength)
}

/** Reads the content that a script wants to be posted. A text is the text of the message. */
export function contentOf (content: unknown, integration: OutgoingIntegration, maxTextLength: number): Reply {
  const payload = typeof content === 'string' ? { text: content } : isPayload(content) ? content : undefined
  const { notes, ...read } = messageOf(payload, integration, { maxTextLength })
  if (read.kind === 'message') return { message: read.message, notes }
  return { message: undefined, notes: [...notes, 'nothing was posted: the message of the script has nothing to show'] }
}

/**
 * Reads an answer. JSON with `text` or `attachments` is a message.
 *
 * @param maxTextLength the longest text, in UTF-16 units.
 */
export function replyOf (text: string, integration: OutgoingIntegration, maxTextLength: number): Reply {
  // Most answers are empty, or words such as `ok`.
  if (!text.trimStart().startsWith('{')) return nothing
  const json = readJson(text)
  if (json.kind === 'fault') {
    return { message: undefined, notes: [`nothing was posted: the answer begins as JSON and ${json.what}`] }
  }
  const { value } = json
  if (!isPayload(value) || (field(value, 'text') == null && field(value, 'attachments') == null)) return nothing
  const { notes, ...read } = messageOf(value, integration, { maxTextLength })
  return { message: read.kind === 'message' ? read.message : undefined, notes }
}

/**
 * Posts the message of an answer or of a script: into `targetRoom`, or else into
 * the room of the event. Neither chooses the room or the author.
 *
 * @param of the message before the call, or the one after the answer.
 * @returns the message, or why the chat refuses it.
 * @throws IntegrationError `error-service-unavailable` when posting may succeed later.
 */
export async function postReply (calls: Calls, integration: OutgoingIntegration, job: Job, message: HookMessage, of: 'prepare' | 'reply'): Promise<HistoryMessage> {
  const target = await targetOf(calls, integration, job)
  if (target === undefined) return { channel: '', error: 'error-invalid-room' }
  const { channel, to } = target
  const as = await authorOf(calls, integration, job)
  if (as === null) return { channel, error: 'error-invalid-user' }
  const { _id, name, type } = integration
  try {
    const posted = await calls.ask(messenger.post, {
      as,
      to,
      message: { ...frozen(message), bot: { i: _id } },
      integration: { _id, name, type },
      deliveryId: hash('sha256', `${job.id}\n${_id}\n${of}`, 'base64url')
    })
    return { channel, _id: posted._id }
  } catch (error) {
    if (error instanceof PostRefusedError) return { channel, error: error.refusal }
    throw error
  }
}

/** The user that posts. A user that has the name by now is not the one that was meant. */
async function authorOf (calls: Calls, { impersonateUser, userId }: OutgoingIntegration, job: Job): Promise<User | null> {
  const _id = impersonateUser === true ? job.user._id : userId
  const user = await calls.ask(directory.findUser, _id)
  return user?._id === _id ? user : null
}

interface Target {
  /** As the history shows it. */
  readonly channel: string
  readonly to: PostTarget
}

async function targetOf (calls: Calls, integration: OutgoingIntegration, { room, payload }: Job): Promise<Target | undefined> {
  const named = targetRoomOf(integration)
  if (named === undefined) {
    if (room === undefined) return undefined
    const { channel_name: name } = payload
    const found = await roomOf(calls, room._id, true)
    return found && { channel: typeof name === 'string' ? `#${name}` : room._id, to: { room: found } }
  }
  const { text, id } = named
  const place = id ?? text
  const name = place.replace(/^[#@]/, '')
  const isById = id !== undefined
  const foundRoom = place.startsWith('@') ? undefined : await roomOf(calls, name, isById)
  if (foundRoom !== undefined) return { channel: text, to: { room: foundRoom } }
  if (place.startsWith('#')) return undefined
  const user = await calls.ask(directory.findUser, name)
  return user && (!isById || user._id === name) ? { channel: text, to: { user } } : undefined
}

async function roomOf (calls: Calls, name: string, isById: boolean): Promise<{ readonly _id: string } | undefined> {
  const room = await calls.ask(directory.findRoom, name)
  return room && (!isById || room._id === name) ? room : undefined
}
