import type { EventData } from '../../schemas/events/data.ts'
import type { EventName, OutgoingIntegration } from '../../schemas/index.ts'

type AnyData = Partial<EventData['sendMessage']> & Pick<EventData['sendMessage'], 'user'>

/** The events that tell of a message. */
const withMessage: readonly EventName[] = ['sendMessage', 'fileUploaded']

/** The events that are told to integrations wherever they happen. */
const withoutChannel: readonly EventName[] = ['roomArchived', 'roomCreated', 'userCreated']

/**
 * The integrations that an event triggers, and the trigger word of each, by the
 * rules read aloud: every integration is asked, one after the other.
 *
 * @param data a message that does not belong to the event is not looked at.
 */
export function slowMatches (
  integrations: Iterable<OutgoingIntegration>, event: EventName, { message, ...others }: AnyData
): Map<string, string | undefined> {
  const data: AnyData = withMessage.includes(event) && message !== undefined ? { ...others, message } : others
  const matches = new Map<string, string | undefined>()
  for (const integration of integrations) {
    if (!integration.enabled || integration.event !== event) continue
    if (isMadeByIntegration(data)) continue
    if (isPresent(data.message?.editedAt) && integration.runOnEdits !== true) continue
    if (!withoutChannel.includes(event) && !isListening(integration, data)) continue
    const words = event === 'sendMessage' ? (integration.triggerWords ?? []).filter((word) => word.length > 0) : []
    const text = data.message?.text ?? ''
    const word = words.find((word) => integration.triggerWordAnywhere === true ? text.indexOf(word) >= 0 : text.startsWith(word))
    if (words.length === 0 || word !== undefined) matches.set(integration._id, word)
  }
  return matches
}

function isMadeByIntegration ({ message }: AnyData): boolean {
  const bot = message?.bot
  return typeof bot === 'object' && bot !== null && isPresent(bot.i)
}

function isListening ({ channel, channelIds }: OutgoingIntegration, { room, user }: AnyData): boolean {
  if (room === undefined) return false
  const ids = channelIds !== undefined && channelIds.length === channel.length ? channelIds : undefined
  return channel.some((text, index) => {
    const id = ids?.[index]
    const known = (id ?? text).toLowerCase()
    if (room.type === 'd') {
      const users = room.users ?? []
      if (known === 'all_direct_messages') return true
      if (id !== undefined) return users.some(({ _id }) => id === `@${_id}`)
      return users.some(({ _id, username }) => text === `@${_id}` || (text === `@${username}` && _id !== user._id))
    }
    if (known === (room.type === 'c' ? 'all_public_channels' : 'all_private_groups')) return true
    return id !== undefined ? id === `#${room._id}` : text === `#${room._id}` || text === `#${room.name}`
  })
}

function isPresent (value: unknown): boolean {
  return value !== undefined && value !== null
}
