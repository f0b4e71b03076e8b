import { useOf } from '../model/events.ts'
import type { EventFacts } from './event-facts.ts'
import { everywhere, type Trigger } from './index/trigger.ts'
import type { EventPlaces, Part, TriggerIndex } from './index/trigger-index.ts'
import type { Work } from './turns.ts'

/** An integration that an event triggers. */
export interface Match {
  readonly trigger: Trigger
  /** The first of its words that the message fits; undefined when it has none. */
  readonly word: string | undefined
}

/** No integration is there twice: an integration that changes meanwhile comes in its later state. */
export type Matches = ReadonlyMap<string, Match>

const noMatches: Matches = new Map()

/**
 * The integrations that an event triggers.
 *
 * @throws OverloadedError when the work is long and too much other work waits.
 */
export async function matchesOf (index: TriggerIndex, facts: EventFacts, work: Work): Promise<Matches> {
  // A message that an integration made triggers none: otherwise two of them could answer each other for ever.
  if (facts.message?.isOfIntegration === true) return noMatches
  const places = placesOf(facts)
  const ofEvent = index.of(facts.event)
  const parts = ofEvent.parts(facts.message?.editedAt !== undefined)
  const matches = new Map<string, Match>()
  for (const { wordless } of parts) {
    if (wordless.count(places) === 0) continue
    for (const trigger of wordless.at(places)) {
      if (work.isOver(1)) await work.next()
      matches.set(trigger._id, { trigger, word: undefined })
    }
  }
  const worded = parts.reduce((sum, part) => sum + part.worded.count(places), 0)
  if (worded === 0 || facts.message === undefined) return matches
  const { words } = ofEvent
  const found = await words.find(facts.message.text, work)
  // Many may be here and have other words, and many may have these words and be elsewhere.
  const candidates = words.count(found) < worded ? words.triggersOf(found) : wordedAt(parts, places)
  const steps = places.ids.length + places.names.length
  for (const trigger of candidates) {
    if (work.isOver(steps + trigger.words.length)) await work.next()
    if (!parts.some((part) => part.worded.has(trigger, places))) continue
    const word = found.firstOf(trigger)
    if (word !== undefined) matches.set(trigger._id, { trigger, word })
  }
  return matches
}

function * wordedAt (parts: readonly Part[], places: EventPlaces): Iterable<Trigger> {
  for (const { worded } of parts) yield * worded.at(places)
}

/** Where an event is looked for. */
function placesOf ({ event, room, user: sender }: EventFacts): EventPlaces {
  if (room === undefined || !useOf(event).channel) return onlyEverywhere
  const { _id, name, type, users = [] } = room
  if (type !== 'd') {
    const ids = [type === 'c' ? 'all_public_channels' : 'all_private_groups', `#${_id}`]
    return { ids, names: name === undefined ? [`#${_id}`] : [`#${_id}`, `#${name}`] }
  }
  const others = users.filter((user) => user._id !== sender._id)
  return {
    ids: ['all_direct_messages', ...users.map((user) => `@${user._id}`)],
    names: [...users.map((user) => `@${user._id}`), ...others.map((user) => `@${user.username}`)]
  }
}

const onlyEverywhere: EventPlaces = { ids: [everywhere], names: [] }
