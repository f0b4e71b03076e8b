import { Buffer } from 'node:buffer'
import type { DeliveryExplanation, Explain, OutgoingExplanation } from '../../schemas/explain.ts'
import type { OutgoingIntegration } from '../../schemas/index.ts'
import { invalidParams } from '../errors/index.ts'
import { directory } from '../guard/tables/directory.ts'
import { asScope, channelsOf } from '../model/channels.ts'
import { Deliverer, type DeliverySettings } from '../outgoing/delivery/deliverer.ts'
import type { OutgoingFacts } from '../outgoing/delivery/facts.ts'
import { Dispatcher } from '../outgoing/dispatcher.ts'
import { type EventFacts, readEvent, WrongArgumentError } from '../outgoing/event-facts.ts'
import { type Trigger, triggerOf } from '../outgoing/index/trigger.ts'
import { TriggerIndex } from '../outgoing/index/trigger-index.ts'
import { matchesOf } from '../outgoing/match.ts'
import { Turns } from '../outgoing/turns.ts'
import type { User } from '../ports/auth.ts'
import type { PortCall } from '../ports/call.ts'
import type { Job } from '../ports/queue.ts'
import type { RequestCheck, SentRequest, Transport, TransportRequest } from '../ports/transport.ts'
import type { Rehearsal } from './rehearsal.ts'

/** The parts of outgoing webhooks that an explanation needs. */
export interface OutgoingParts {
  readonly settings: DeliverySettings & { readonly siteUrl: string }
  readonly transport: RequestCheck
  /** Whether there is a messenger. */
  readonly posts: boolean
  readonly loggable: (error: unknown) => Error
}

const silent = { warn () {} }

/** So much of an explanation is for deliveries, in UTF-16 units of JSON. Those behind lack what is long. */
const longest = 2 * 1024 * 1024

/** Explains an event, as the dispatcher and the deliverer of real events work on it. */
export async function explainEvent (
  rehearsal: Rehearsal, parts: OutgoingParts, integration: OutgoingIntegration, caller: User, asked: Explain
): Promise<OutgoingExplanation> {
  const told = asked.text === undefined ? { event: asked.event, data: asked.data, notes: [] } : await messageOf(rehearsal, integration, caller, asked.text)
  const facts = eventOf(told.event, told.data)
  const trigger = triggerOf({ ...integration, enabled: true })
  const type = integration.type
  if (trigger === undefined) return { type, triggers: false, notes: [], deliveries: [] }
  const jobs = await jobsOf(trigger, facts, told.data, parts)
  if (jobs.length === 0) return { type, triggers: false, reason: await reasonOf(trigger, facts), notes: [], deliveries: [] }
  const deliveries: DeliveryExplanation[] = []
  const call = { signal: AbortSignal.timeout(rehearsal.calls.timeout) }
  let left = longest
  for (const job of jobs) {
    const delivery = await explainDelivery(rehearsal, parts, job, asked, call)
    left -= JSON.stringify(delivery).length
    deliveries.push(left > 0 ? delivery : shortened(delivery))
  }
  const word: unknown = jobs[0]?.payload['trigger_word']
  return { type, triggers: true, ...(typeof word === 'string' && { triggerWord: word }), notes: told.notes, deliveries }
}

/** Without the parts that may be long: a script may make much of little, for each of the URLs. */
function shortened ({ request, messages, script, notes, ...rest }: DeliveryExplanation): DeliveryExplanation {
  return {
    ...rest,
    messages: messages.map(({ message, ...others }) => others),
    script: script.map(({ result, ...others }) => others),
    notes: [...notes, 'the request, the messages and the results of the script are left out: the explanation would be too large']
  }
}

/** @throws IntegrationError `invalid-params`. */
function eventOf (event: unknown, data: unknown): EventFacts {
  if (event === undefined || data === undefined) {
    throw invalidParams([{ path: '/text', message: 'must be there, or event and data' }], 'Send text, or event and data: what has happened in the chat')
  }
  try {
    return readEvent(event, data)
  } catch (error) {
    if (error instanceof WrongArgumentError) throw invalidParams([{ path: '/data', message: error.message }], error.message)
    throw error
  }
}

/** An event to be explained. */
interface Told {
  readonly event: 'sendMessage'
  readonly data: object
  readonly notes: string[]
}

/** A message of the caller, where the integration listens first. */
async function messageOf (rehearsal: Rehearsal, integration: OutgoingIntegration, { _id, username }: User, text: string): Promise<Told> {
  const user = { _id, username }
  const message = { _id: 'explained', text, timestamp: new Date().toISOString() }
  const { room, notes = [] } = await placeOf(rehearsal, integration, user)
  return { event: 'sendMessage', data: { room, user, message }, notes }
}

const types = { all_public_channels: 'c', all_private_groups: 'p', all_direct_messages: 'd' } as const

async function placeOf (rehearsal: Rehearsal, integration: OutgoingIntegration, user: User): Promise<{ readonly room: object, readonly notes?: string[] }> {
  const [first] = channelsOf(integration)
  const place = first?.id ?? first?.text ?? 'all_public_channels'
  const scope = asScope(place)
  if (scope !== undefined) return { room: { _id: 'explained', name: 'explained', type: types[scope], users: [user] } }
  const key = place.slice(1)
  const { calls } = rehearsal
  if (place.startsWith('@')) {
    return { room: { _id: 'explained', type: 'd', users: [user, await calls.ask(directory.findUser, key) ?? { _id: key, username: key }] } }
  }
  const room = await calls.ask(directory.findRoom, key)
  return {
    room: { _id: room?._id ?? key, name: (first?.text ?? place).slice(1), type: 'c' },
    // The directory does not tell the type. Of a private room, a real delivery also needs a creator that may hear it.
    notes: ['the room is taken for a public one: send event and data for a message in a private room']
  }
}

/** The jobs that the dispatcher makes of the event. */
async function jobsOf (trigger: Trigger, { event }: EventFacts, data: unknown, { settings, loggable }: OutgoingParts): Promise<Job[]> {
  const jobs: Job[] = []
  const dispatcher = new Dispatcher({
    index: { index: indexOf(trigger), loaded: async () => indexOf(trigger) },
    enqueue: (added) => { jobs.push(...added) },
    keyPrefix: '',
    siteUrl: settings.siteUrl,
    log: silent,
    loggable,
    onDropped () {}
  })
  // The arguments were read before: they are an event.
  await dispatcher.emit(event, Object(data))
  return jobs
}

function indexOf (trigger: Trigger): TriggerIndex {
  const index = new TriggerIndex()
  index.put(trigger)
  return index
}

/** Why an event does not trigger the integration. */
async function reasonOf (trigger: Trigger, facts: EventFacts): Promise<string> {
  if (facts.event !== trigger.event) return `the integration waits for ${trigger.event}`
  if (facts.message?.isOfIntegration === true) return 'a message of an integration triggers none'
  if (facts.message?.editedAt !== undefined && !trigger.runsOnEdits) return 'the message was edited, and runOnEdits is off'
  const fitsWithoutWords = (await matchesOf(indexOf({ ...trigger, words: [] }), facts, new Turns().begin())).size > 0
  return fitsWithoutWords ? 'the message fits none of the trigger words' : 'the integration does not listen in this room'
}

const away = 'error-service-unavailable: a part of this server failed; a real delivery is tried again'
const late = 'error-service-unavailable: the time of the explanation was over'

/** One attempt of a delivery, up to the call; with an answer, to its end. */
async function explainDelivery (rehearsal: Rehearsal, { settings, transport, posts, loggable }: OutgoingParts, job: Job, { answer }: Explain, call: PortCall): Promise<DeliveryExplanation> {
  const entries: OutgoingFacts[] = []
  let sent: SentRequest | undefined
  let hasEnded = false
  const pretended: Transport = {
    async send ({ signature, ...request }: TransportRequest) {
      const checked = await transport.check(request, call)
      sent = checked.sent
      if (checked.kind !== 'unsent') return checked
      if (answer === undefined) {
        hasEnded = true
        // A call without an answer: the script reads none, and no message is made of one.
        return { kind: 'timeout', sent: checked.sent, error: { message: '' }, retry: false, duration: 0 }
      }
      const { status, headers = {}, body = '' } = answer
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
      return { kind: 'answer', sent: checked.sent, status, headers: lower, body: Buffer.from(body), text: body, duration: 0, firstByte: 0 }
    },
    close () {}
  }
  const deliverer = new Deliverer({
    settings,
    keyPrefix: '',
    newCalls: () => rehearsal.calls,
    transport: pretended,
    scripts: rehearsal.scripts,
    posts,
    record: (facts) => { entries.push(facts) },
    announce () {},
    tell () {},
    log: silent,
    loggable
  })
  const outcome = await deliverer.handle(job, call)
  const [entry] = entries
  const { messages = [], notes = [] } = entry ?? {}
  // Without an entry, a part of this server failed.
  const isLate = call.signal.aborted || rehearsal.calls.left === 0
  const error = hasEnded ? undefined : entry?.error ?? (outcome === 'done' ? undefined : isLate ? late : away)
  const { script, messages: told } = rehearsal.take([...messages])
  return {
    url: job.url,
    step: hasEnded ? 'before-http-call' : entry?.step ?? 'before-http-call',
    ...(error !== undefined && { error }),
    messages: told,
    script,
    ...(sent !== undefined && { request: { method: sent.method, url: sent.url, headers: { ...sent.headers }, body: sent.body } }),
    notes: [...notes]
  }
}
