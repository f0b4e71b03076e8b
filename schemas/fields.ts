import { Type } from '@sinclair/typebox'
import { limits, rawLimits } from './limits.ts'
import { filledText, ignored, nullable, partial, text } from './primitives.ts'

/** Names of the retry schedules of an outgoing integration. */
export const retryDelays = ['powers-of-ten', 'powers-of-two', 'increments-of-two'] as const

/** The engines that a client may name. Both mean the same; `isolated-vm` is stored. */
export const scriptEngines = ['isolated-vm', 'vm2'] as const

const alias = { description: 'The alias that is applied to messages of this integration.', examples: ['Guggy'] }

const avatar = {
  description: 'The picture of messages of this integration: an http or https URL, or a path that begins with /.',
  examples: ['http://res.guggy.com/logo_128.png']
}

const emoji = {
  description: 'The emoji that is displayed as the avatar of messages of this integration.',
  examples: [':ghost:']
}

const script = {
  description: 'JavaScript source that is stored with the integration. At most 64 KiB unless the server says otherwise.'
}

const targetRoom = {
  description: 'Where to post what an event without a room of its own leads to: #room or @user; without # or @ a room or, ' +
    'if there is none, a user.',
  examples: ['#general']
}

const retryDelay = {
  description: `How the wait between retries grows: ${retryDelays.join(', ')}; any case.`,
  maxLength: rawLimits.reference,
  examples: ['powers-of-ten']
}

/** The fields that a client may send for either type, besides `type`. */
export const commonInputFields = {
  name: filledText({
    description: 'The name of the integration, shown to administrators only.',
    maxLength: limits.name,
    examples: ['testHook', 'Guggy']
  }),
  enabled: Type.Boolean({ description: 'Whether the integration is enabled.' }),
  username: text({
    description: 'The username of the user that messages are posted as.',
    maxLength: rawLimits.reference,
    examples: ['rocket.cat']
  }),
  channel: Type.Union([
    text({ maxLength: rawLimits.list }),
    Type.Array(text({ maxLength: rawLimits.reference }), { maxItems: rawLimits.entries })
  ], {
    description: '#channel or @user, or all_public_channels, all_private_groups or all_direct_messages; ' +
      `several as one comma-separated string or as an array. At most ${limits.channels} besides blanks and duplicates.`,
    examples: ['#general']
  }),
  scriptEnabled: Type.Boolean({ description: 'Whether the script is enabled.' }),
  script: nullable(text(script)),
  scriptEngine: nullable(Type.Union(scriptEngines.map((engine) => Type.Literal(engine)), {
    description: 'Accepted for compatibility; stored as isolated-vm.'
  })),
  skipTranspile: nullable(Type.Boolean({ description: 'Stored for compatibility.' })),
  alias: nullable(text({ ...alias, maxLength: limits.alias })),
  avatar: nullable(text({ ...avatar, maxLength: limits.avatar })),
  emoji: nullable(text({ ...emoji, maxLength: limits.emoji }))
}

/** The fields that a client may send only for an incoming integration. */
export const incomingInputFields = {
  overrideDestinationChannelEnabled: nullable(Type.Boolean({
    description: 'Whether a post may name another channel than the configured one.'
  }))
}

/** The fields that a client may send only for an outgoing integration. */
export const outgoingInputFields = {
  event: text({
    description: 'The event that triggers the integration.',
    maxLength: rawLimits.reference,
    examples: ['sendMessage']
  }),
  urls: Type.Array(text({ maxLength: limits.url }), {
    description: `The http or https URLs to call, 1 to ${limits.urls} besides blanks and duplicates.`,
    maxItems: rawLimits.urls,
    examples: [['http://text2gif.guggy.com/guggify']]
  }),
  triggerWords: nullable(Type.Union([
    Type.Array(text({ maxLength: rawLimits.reference }), { maxItems: rawLimits.entries }),
    text({ maxLength: rawLimits.list })
  ], {
    description: 'Words that trigger the integration, as an array or separated by commas. ' +
      `At most ${limits.triggerWords} besides blanks and duplicates, each at most ${limits.triggerWord} characters.`,
    examples: ['!guggy', ['!guggy', '!gif']]
  })),
  triggerWordAnywhere: nullable(Type.Boolean({
    description: 'Whether a trigger word counts anywhere in a message and not only at its beginning.'
  })),
  token: nullable(text({
    description: 'A token that the called server knows; generated when absent.',
    maxLength: limits.token,
    examples: ['8DFS89DMKLWEN']
  })),
  targetRoom: nullable(text({ ...targetRoom, maxLength: rawLimits.reference })),
  runOnEdits: nullable(Type.Boolean({ description: 'Whether an edited message triggers the integration again.' })),
  impersonateUser: nullable(Type.Boolean({ description: 'Whether replies are posted as the user who triggered it. Needs manage-outgoing-integrations.' })),
  retryFailedCalls: nullable(Type.Boolean({ description: 'Whether failed calls are repeated.' })),
  retryCount: nullable(Type.Integer({
    description: 'How often a failed call is repeated; 4 when retryFailedCalls is true and nothing is given.',
    minimum: 0,
    maximum: limits.retryCount
  })),
  retryDelay: nullable(text(retryDelay))
}

/**
 * Fields of a stored integration that only the server sets. A client may send
 * them back with the values that it has read.
 */
export const echoFields = {
  _id: Type.Optional(Type.Unknown()),
  userId: Type.Optional(Type.Unknown()),
  scriptError: Type.Optional(Type.Unknown()),
  hookPath: Type.Optional(Type.Unknown()),
  secret: Type.Optional(Type.Unknown()),
  _createdAt: Type.Optional(Type.Unknown()),
  _createdBy: Type.Optional(Type.Unknown()),
  _updatedBy: Type.Optional(Type.Unknown())
}

/** Fields of an update that are ignored. Rocket.Chat's documents name the first two; its records hold the third. */
export const ignoredFields = {
  targetChannel: ignored(),
  avatarUrl: ignored(),
  scriptCompiled: ignored()
}

/** How a client names an integration. */
export const integrationId = Type.String({
  description: 'The _id of the integration.',
  maxLength: rawLimits.reference,
  examples: ['3aazpZ2WzoBP8msi9']
})

/** The guard of an update: it is refused when another writer has changed the integration since. */
export const updateFields = {
  _updatedAt: nullable(Type.String({
    description: 'As it was read: the update is refused when the integration has been changed since.'
  }))
}

/** How a client names an outgoing integration: by its `_id`, or by a URL that the integration calls. */
export const outgoingLocatorFields = {
  integrationId: nullable(integrationId),
  target_url: nullable(Type.String({
    description: 'One of the URLs that the integration calls, without integrationId; of several integrations, the oldest.',
    maxLength: limits.url,
    examples: ['http://text2gif.guggy.com/guggify']
  }))
}

/** Optional fields that both types store without a default. */
export const commonStoredOptions = partial({
  script: Type.String(script),
  alias: Type.String(alias),
  avatar: Type.String(avatar),
  emoji: Type.String(emoji)
})

/** Optional fields that only outgoing integrations store. */
export const outgoingStoredOptions = partial({
  triggerWords: Type.Array(Type.String()),
  triggerWordAnywhere: Type.Boolean(),
  targetRoom: Type.String(targetRoom),
  runOnEdits: Type.Boolean(),
  impersonateUser: Type.Boolean(),
  retryFailedCalls: Type.Boolean(),
  retryCount: Type.Integer(),
  retryDelay: Type.Union(retryDelays.map((delay) => Type.Literal(delay)))
})
