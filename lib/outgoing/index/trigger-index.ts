import { type EventName, eventNames } from '../../../schemas/index.ts'
import { MultiMap } from './multi-map.ts'
import type { Trigger } from './trigger.ts'
import { WordIndex } from './word-index.ts'

/**
 * The integrations that events trigger, by event and place. A change takes the
 * same time however many integrations there are: it depends on the channels and
 * words of its integration only.
 */
export class TriggerIndex {
  readonly #triggers = new Map<string, Trigger>()
  readonly #events = new Map<EventName, EventIndex>(eventNames.map((event) => [event, new EventIndex()]))

  /** The number of integrations. */
  get size (): number {
    return this.#triggers.size
  }

  /** Adds an integration in place of its earlier state. */
  put (trigger: Trigger): void {
    const earlier = this.#triggers.get(trigger._id)
    if (earlier !== undefined) this.of(earlier.event).delete(earlier)
    this.#triggers.set(trigger._id, trigger)
    this.of(trigger.event).add(trigger)
  }

  /** Removes an integration; does nothing when there is none with this `_id`. */
  remove (id: string): void {
    const trigger = this.#triggers.get(id)
    if (trigger === undefined) return
    this.#triggers.delete(id)
    this.of(trigger.event).delete(trigger)
  }

  /** The integrations of an event. */
  of (event: EventName): EventIndex {
    const index = this.#events.get(event)
    if (index === undefined) throw new Error(`there is no event ${event}`)
    return index
  }
}

/** The integrations of one event. */
export class EventIndex {
  /** Those that edits trigger as well, and the others. */
  readonly #parts = { onEdits: new Part(), others: new Part() }
  /** The words of both parts. */
  readonly words = new WordIndex()

  add (trigger: Trigger): void {
    this.#partOf(trigger).add(trigger)
    this.words.add(trigger)
  }

  delete (trigger: Trigger): void {
    this.#partOf(trigger).delete(trigger)
    this.words.delete(trigger)
  }

  /** The parts that an event looks into. */
  parts (isEdit: boolean): readonly Part[] {
    const { onEdits, others } = this.#parts
    return isEdit ? [onEdits] : [onEdits, others]
  }

  #partOf ({ runsOnEdits }: Trigger): Part {
    return runsOnEdits ? this.#parts.onEdits : this.#parts.others
  }
}

/** Integrations by place: those without words, and those with words. */
export class Part {
  readonly wordless = new Places()
  readonly worded = new Places()

  add (trigger: Trigger): void {
    this.#placesOf(trigger).add(trigger)
  }

  delete (trigger: Trigger): void {
    this.#placesOf(trigger).delete(trigger)
  }

  #placesOf ({ words }: Trigger): Places {
    return words.length === 0 ? this.wordless : this.worded
  }
}

/** The places of an event: where it is looked for. */
export interface EventPlaces {
  /** As the `ids` of a trigger. */
  readonly ids: readonly string[]
  /** What the `names` of a trigger may say. */
  readonly names: readonly string[]
}

/** Integrations by place. A place that is known by its id is never found by a name: a name can be given to another room. */
export class Places {
  readonly #ids = new MultiMap<string, Trigger>()
  readonly #names = new MultiMap<string, Trigger>()

  add (trigger: Trigger): void {
    for (const id of trigger.ids) this.#ids.add(id, trigger)
    for (const name of trigger.names) this.#names.add(name, trigger)
  }

  delete (trigger: Trigger): void {
    for (const id of trigger.ids) this.#ids.delete(id, trigger)
    for (const name of trigger.names) this.#names.delete(name, trigger)
  }

  has (trigger: Trigger, { ids, names }: EventPlaces): boolean {
    return ids.some((id) => this.#ids.has(id, trigger)) || names.some((name) => this.#names.has(name, trigger))
  }

  /** How many integrations there are at these places; one that is at several places counts for each. */
  count ({ ids, names }: EventPlaces): number {
    let count = 0
    if (this.#ids.size > 0) for (const id of ids) count += this.#ids.count(id)
    if (this.#names.size > 0) for (const name of names) count += this.#names.count(name)
    return count
  }

  /** The integrations at these places; one that is at several places comes for each. */
  * at ({ ids, names }: EventPlaces): Iterable<Trigger> {
    for (const id of ids) yield * this.#ids.at(id)
    for (const name of names) yield * this.#names.at(name)
  }
}
