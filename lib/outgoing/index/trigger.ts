import type { EventName, FollowedIntegration, Integration } from '../../../schemas/index.ts'
import { asScope, channelsOf, namesRoomOrUser } from '../../model/channels.ts'
import { useOf } from '../../model/events.ts'

/** What the index keeps of an outgoing integration that is switched on. */
export interface Trigger {
  readonly _id: string
  readonly event: EventName
  readonly urls: readonly string[]
  /** Places that are known: `#` and the `_id` of a room, `@` and the `_id` of a user, a scope, or `everywhere`. */
  readonly ids: readonly string[]
  /** Places that are only known as they were written, with `#` or `@`: an `_id` or a name. */
  readonly names: readonly string[]
  /** The words, none of them empty; no words: every text fits. */
  readonly words: readonly string[]
  /** Whether a word may stand anywhere; otherwise the text must begin with the word. */
  readonly isAnywhere: boolean
  readonly runsOnEdits: boolean
}

/** The place of every event that has no channel. No channel is written like this. */
export const everywhere = '*'

const none: readonly never[] = []

/** What the index keeps of an integration; undefined for one that no event triggers. */
export function triggerOf (integration: Integration | FollowedIntegration): Trigger | undefined {
  if (integration.type !== 'webhook-outgoing' || !integration.enabled) return undefined
  const { _id, event, urls, triggerWords = none, triggerWordAnywhere, runOnEdits } = integration
  const uses = useOf(event)
  const words = uses.triggerWords ? triggerWords.filter((word) => word !== '') : none
  const places = uses.channel ? placesOf(integration) : onlyEverywhere
  return {
    _id,
    event,
    urls,
    ids: places.ids,
    names: places.names,
    words: words.length === 0 ? none : words,
    isAnywhere: triggerWordAnywhere === true,
    runsOnEdits: runOnEdits === true
  }
}

type Places = Pick<Trigger, 'ids' | 'names'>

const onlyEverywhere: Places = { ids: [everywhere], names: none }

function placesOf (integration: Pick<Integration, 'channel' | 'channelIds'>): Places {
  const ids: string[] = []
  const names: string[] = []
  for (const { text, id } of channelsOf(integration)) {
    const place = id ?? text
    const scope = asScope(place)
    if (scope !== undefined) ids.push(scope)
    else if (namesRoomOrUser(place)) (id === undefined ? names : ids).push(place)
  }
  return { ids: compact(ids), names: compact(names) }
}

/** An array that was filled with `push` has room for more. */
function compact (places: readonly string[]): readonly string[] {
  return places.length === 0 ? none : places.slice()
}
