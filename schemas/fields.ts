import { Type } from '@sinclair/typebox'
import { nullable, partial } from './primitives.ts'

/** Longest accepted values. Characters are UTF-16 code units, as `String.length` counts them. */
export const limits = {
  name: 200,
  alias: 120,
  emoji: 100,
  avatar: 2048,
  channels: 100,
  urls: 20,
  url: 2048,
  triggerWords: 100,
  triggerWord: 200,
  token: 200,
  retryCount: 10
} as const

/** Names of the retry schedules of an outgoing integration. */
export const retryDelays = ['powers-of-ten', 'powers-of-two', 'increments-of-two'] as const

/** The engine that scripts are stored for; `vm2` is accepted on input and means the same. */
export const scriptEngines = ['isolated-vm', 'vm2'] as const

const alias = Type.String({
  description: 'The alias that is applied to messages of this integration.',
  maxLength: limits.alias,
  examples: ['Guggy']
})

const avatar = Type.String({
  description: 'The picture of messages of this integration: an http or https URL, or a path that begins with /.',
  maxLength: limits.avatar,
  examples: ['http://res.guggy.com/logo_128.png']
})

const emoji = Type.String({
  description: 'The emoji that is displayed as the avatar of messages of this integration.',
  maxLength: limits.emoji,
  examples: [':ghost:']
})

const script = Type.String({
  description: 'JavaScript source that is stored with the integration. At most 64 KiB unless the server says otherwise.'
})

const targetRoom = Type.String({
  description: 'Where to post what an event without a room of its own leads to: #room or @user.',
  examples: ['#general']
})

const triggerWord = Type.String()

const retryDelay = Type.String({
  description: `How the wait between retries grows: ${retryDelays.join(', ')}; any case.`,
  examples: ['powers-of-ten']
})

/** What a client may send for either type, besides `type`. */
export const commonInputFields = {
  name: Type.String({
    description: 'The name of the integration, shown to administrators only.',
    minLength: 1,
    maxLength: limits.name,
    pattern: '\\S',
    examples: ['testHook', 'Guggy']
  }),
  enabled: Type.Boolean({ description: 'Whether the integration is enabled.' }),
  username: Type.String({
    description: 'The username of the user that messages are posted as.',
    examples: ['rocket.cat']
  }),
  channel: Type.Union([Type.String(), Type.Array(Type.String())], {
    description: '#channel or @user, or all_public_channels, all_private_groups or all_direct_messages; ' +
      'several as one comma-separated string or as an array.',
    examples: ['#general']
  }),
  scriptEnabled: Type.Boolean({ description: 'Whether the script is enabled.' }),
  script: nullable(script),
  scriptEngine: nullable(Type.Union(scriptEngines.map((engine) => Type.Literal(engine)), {
    description: 'Accepted for compatibility; stored as isolated-vm.'
  })),
  skipTranspile: nullable(Type.Boolean({ description: 'Stored for compatibility.' })),
  alias: nullable(alias),
  avatar: nullable(avatar),
  emoji: nullable(emoji)
}

/** What a client may send for an incoming integration only. */
export const incomingInputFields = {
  overrideDestinationChannelEnabled: nullable(Type.Boolean({
    description: 'Whether a post may name another channel than the configured one.'
  }))
}

/** What a client may send for an outgoing integration only. */
export const outgoingInputFields = {
  event: Type.String({
    description: 'The event that triggers the integration.',
    examples: ['sendMessage']
  }),
  urls: Type.Array(Type.String({ maxLength: limits.url }), {
    description: `The http or https URLs to call, 1 to ${limits.urls}.`,
    examples: [['http://text2gif.guggy.com/guggify']]
  }),
  triggerWords: nullable(Type.Union([Type.Array(triggerWord), Type.String()], {
    description: 'Words that trigger the integration, as an array or separated by commas.',
    examples: ['!guggy', ['!guggy', '!gif']]
  })),
  triggerWordAnywhere: nullable(Type.Boolean({
    description: 'Whether a trigger word counts anywhere in a message and not only at its beginning.'
  })),
  token: nullable(Type.String({
    description: 'A token that the called server knows; generated when absent.',
    maxLength: limits.token,
    examples: ['8DFS89DMKLWEN']
  })),
  targetRoom: nullable(targetRoom),
  runOnEdits: nullable(Type.Boolean({ description: 'Whether an edited message triggers the integration again.' })),
  impersonateUser: nullable(Type.Boolean({ description: 'Whether replies are posted as the user who triggered it.' })),
  retryFailedCalls: nullable(Type.Boolean({ description: 'Whether failed calls are repeated.' })),
  retryCount: nullable(Type.Integer({
    description: 'How often a failed call is repeated; 4 when retryFailedCalls is true and nothing is given.',
    minimum: 0,
    maximum: limits.retryCount
  })),
  retryDelay: nullable(retryDelay)
}

/**
 * Fields of a stored integration that only the server sets. A client may send
 * them back as it read them.
 */
export const echoFields = {
  _id: Type.Optional(Type.Unknown()),
  userId: Type.Optional(Type.Unknown()),
  scriptError: Type.Optional(Type.Unknown()),
  _createdAt: Type.Optional(Type.Unknown()),
  _createdBy: Type.Optional(Type.Unknown()),
  _updatedBy: Type.Optional(Type.Unknown())
}

/** How a client names an integration. */
export const integrationId = Type.String({ description: 'The _id of the integration.', examples: ['3aazpZ2WzoBP8msi9'] })

/** The guard of an update against changing what somebody else changed. */
export const updateFields = {
  _updatedAt: nullable(Type.String({
    description: 'As it was read: the update is refused when the integration has been changed since.'
  }))
}

/** How a client names an outgoing integration, by its _id or, if it does not know it, by a URL. */
export const outgoingLocatorFields = {
  integrationId: nullable(integrationId),
  target_url: nullable(Type.String({
    description: 'One of the URLs that the integration calls, without integrationId; of several integrations, the oldest.',
    examples: ['http://text2gif.guggy.com/guggify']
  }))
}

/** Optional fields that both types store as they were given. */
export const commonStoredOptions = partial({ script, alias, avatar, emoji })

/** Optional fields that only outgoing integrations store. */
export const outgoingStoredOptions = partial({
  triggerWords: Type.Array(triggerWord),
  triggerWordAnywhere: Type.Boolean(),
  targetRoom,
  runOnEdits: Type.Boolean(),
  impersonateUser: Type.Boolean(),
  retryFailedCalls: Type.Boolean(),
  retryCount: Type.Integer(),
  retryDelay: Type.Union(retryDelays.map((delay) => Type.Literal(delay)))
})
