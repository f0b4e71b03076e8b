import { type Static, type TSchema, type TUnsafe, Type } from '@sinclair/typebox'
import {
  DiscordFailureSchema, DiscordMessageSchema, HookFailureSchema, HookResponsesSchema, HookSuccessSchema, MattermostFailureSchema
} from './hooks/answers.ts'
import { HookPayloadSchema } from './hooks/payload.ts'
import {
  type DoneReply, DoneReplySchema, type ExplainReply, ExplainReplySchema, type HistoryReply, HistoryReplySchema, type IntegrationListReply, IntegrationListReplySchema,
  type IntegrationReply, type StatusReply, StatusReplySchema
} from './envelope.ts'
import { type Explain, ExplainSchema } from './explain.ts'
import { type HistoryEntryView, HistoryEntryViewSchema } from './history.ts'
import { IncomingInputSchema, IncomingIntegrationViewSchema, IncomingUpdateSchema } from './incoming.ts'
import type { IntegrationInput, IntegrationUpdate } from './integration.ts'
import { OutgoingInputSchema, OutgoingIntegrationViewSchema, OutgoingUpdateSchema } from './outgoing.ts'
import {
  type ClearHistory, ClearHistorySchema, CreateHeadersSchema, GetQuerySchema, type GetQueryString, HistoryQuerySchema,
  type HistoryQueryString, IncomingRemoveSchema, type IntegrationRemove, ListQuerySchema, type ListQueryString,
  OutgoingRemoveSchema, type RegenerateToken, RegenerateTokenSchema, type ReplayOutgoing, ReplayOutgoingSchema, StatusQuerySchema,
  type StatusQueryString
} from './requests.ts'
import { IntegrationStatusSchema } from './status.ts'

/** A schema as plain JSON. */
type Json = Readonly<Record<string, unknown>>

/**
 * A schema as a document shows it: a choice of texts becomes one list of them,
 * and no field has an example. A page for trying requests would fill in the
 * examples of optional fields. And OpenAPI 3.0 has no examples inside a choice.
 */
function shown ({ examples, anyOf, properties, items, ...schema }: Json): Json {
  return {
    ...schema,
    ...(Array.isArray(anyOf) && choice(anyOf.filter(isJson))),
    ...(isJson(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, isJson(field) ? shown(field) : field]))
    }),
    ...(isJson(items) && { items: shown(items) })
  }
}

function choice (members: readonly Json[]): Json {
  return members.every((member) => typeof member.const === 'string')
    ? { type: 'string', enum: members.map((member) => member.const) }
    : { anyOf: members.map(shown) }
}

function isJson (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schemas that an OpenAPI document names: all schemas with an `$id`. */
export const components: readonly Json[] = [
  IncomingInputSchema,
  OutgoingInputSchema,
  IncomingUpdateSchema,
  OutgoingUpdateSchema,
  IncomingRemoveSchema,
  OutgoingRemoveSchema,
  IncomingIntegrationViewSchema,
  OutgoingIntegrationViewSchema,
  HistoryEntryViewSchema
].map((schema) => ({ ...shown(schema), ...(schema.examples && { examples: schema.examples }) }))

/** Examples to choose from, by name. */
export type NamedExamples = Readonly<Record<string, { readonly summary: string, readonly value: unknown }>>

/** A schema as a document shows it, with examples to choose from as `@fastify/swagger` reads them. */
export function withExamples (schema: TSchema, description: string, examples: NamedExamples): TSchema {
  return Type.Unsafe({ ...shown(schema), description, 'x-examples': examples })
}

/**
 * The two headers of Rocket.Chat clients, for `openapi.components` of
 * `@fastify/swagger`. A host with another kind of authentication describes its own.
 */
export const tokenHeaderSecuritySchemes = {
  userId: { type: 'apiKey', in: 'header', name: 'X-User-Id', description: 'The _id of the user who calls.' },
  authToken: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'The token of that user.' }
} as const

/** The `security` of a route that needs both headers. */
export const tokenHeaderSecurity = [{ userId: [], authToken: [] }]

/**
 * Names a component after its `$id`, so that the document shows
 * `IncomingIntegration` instead of `def-0`. For the option `refResolver` of
 * `@fastify/swagger`.
 */
export const refResolver = {
  buildLocalReference: (json: { $id?: unknown }, _baseUri: unknown, _fragment: unknown, index: number): string =>
    typeof json.$id === 'string' ? json.$id : `def-${index}`
}

/** Schemas of both types for one purpose. */
interface Pair {
  readonly incoming: TSchema
  readonly outgoing: TSchema
  readonly title: string
  readonly description: string
}

/** Both types by reference, told apart by `type`. */
function either<T> ({ incoming, outgoing, title, description }: Pair): TUnsafe<T> {
  return Type.Unsafe<T>({
    title,
    description,
    oneOf: [{ $ref: `${incoming.$id}#` }, { $ref: `${outgoing.$id}#` }],
    discriminator: {
      propertyName: 'type',
      mapping: {
        'webhook-incoming': `#/components/schemas/${incoming.$id}`,
        'webhook-outgoing': `#/components/schemas/${outgoing.$id}`
      }
    }
  })
}

/** One example of either type to choose from. */
function eitherExample (incoming: unknown, outgoing: unknown): { 'x-examples': NamedExamples } {
  return {
    'x-examples': {
      incoming: { summary: 'An incoming webhook', value: incoming },
      outgoing: { summary: 'An outgoing webhook', value: outgoing }
    }
  }
}

/** Body of `integrations.create`, as a document shows it. */
export const CreateBody = Type.Unsafe<IntegrationInput>({
  ...either({
    incoming: IncomingInputSchema,
    outgoing: OutgoingInputSchema,
    title: 'Integration, to be created',
    description: 'What a client sends to create an integration; type decides which fields there are.'
  }),
  ...eitherExample(IncomingInputSchema.examples[0], OutgoingInputSchema.examples[0])
})

/** Body of `integrations.update`, as a document shows it. */
export const UpdateBody = Type.Unsafe<IntegrationUpdate>({
  ...either({
    incoming: IncomingUpdateSchema,
    outgoing: OutgoingUpdateSchema,
    title: 'Integration, to be changed',
    description: 'What a client sends to change an integration; type decides which fields there are.'
  }),
  ...eitherExample(IncomingUpdateSchema.examples[0], OutgoingUpdateSchema.examples[0])
})

/** Body of `integrations.remove`, as a document shows it. */
export const RemoveBody = Type.Unsafe<IntegrationRemove>({
  ...either({
    incoming: IncomingRemoveSchema,
    outgoing: OutgoingRemoveSchema,
    title: 'Integration, to be removed',
    description: 'Named by integrationId or, if outgoing, by one of the URLs it calls.'
  }),
  ...eitherExample(
    { type: 'webhook-incoming', integrationId: 'xY5qzpZ2WzoBP8msi' },
    { type: 'webhook-outgoing', integrationId: '3aazpZ2WzoBP8msi9' }
  )
})

/** Body of `integrations.regenerateToken`, as a document shows it. */
export const RegenerateTokenBody = Type.Unsafe<RegenerateToken>({
  ...shown(RegenerateTokenSchema), examples: RegenerateTokenSchema.examples
})

/** Body of `integrations.clearHistory`, as a document shows it. */
export const ClearHistoryBody = Type.Unsafe<ClearHistory>({
  ...shown(ClearHistorySchema), examples: ClearHistorySchema.examples
})

/** Body of `integrations.explain`, as a document shows it. */
export const ExplainBody = Type.Unsafe<Explain>({
  ...shown(ExplainSchema),
  ...eitherExample(
    { integrationId: 'xY5qzpZ2WzoBP8msi', payload: { text: 'Hello' } },
    { integrationId: '3aazpZ2WzoBP8msi9', text: '!guggy hello' }
  )
})

/** Body of `integrations.replayOutgoing`, as a document shows it. */
export const ReplayOutgoingBody = Type.Unsafe<ReplayOutgoing>({
  ...shown(ReplayOutgoingSchema), examples: ReplayOutgoingSchema.examples
})

/** Query of `integrations.status`, as a document shows it. */
export const StatusQuery = Type.Unsafe<StatusQueryString>(shown(StatusQuerySchema))

/** Query of `integrations.history`, as a document shows it. */
export const HistoryQuery = Type.Unsafe<HistoryQueryString>(shown(HistoryQuerySchema))

/** Query of `integrations.list`, as a document shows it. */
export const ListQuery = Type.Unsafe<ListQueryString>(shown(ListQuerySchema))

/** Query of `integrations.get`, as a document shows it. */
export const GetQuery = Type.Unsafe<GetQueryString>(shown(GetQuerySchema))

/** Headers of `integrations.create`, as a document shows them. */
export const CreateHeaders = Type.Unsafe<Static<typeof CreateHeadersSchema>>(shown(CreateHeadersSchema))

const returned = {
  incoming: IncomingIntegrationViewSchema,
  outgoing: OutgoingIntegrationViewSchema,
  title: 'Integration',
  description: 'An integration as it is returned; type decides which fields there are.'
}
const [incomingExample] = IncomingIntegrationViewSchema.examples
const [outgoingExample] = OutgoingIntegrationViewSchema.examples

/** Answer that carries one integration, as a document shows it. */
export const IntegrationReplyBody = Type.Unsafe<IntegrationReply>({
  ...Type.Object({ integration: either(returned), success: Type.Literal(true) }, { description: 'The integration.' }),
  ...eitherExample({ integration: incomingExample, success: true }, { integration: outgoingExample, success: true })
})

/** Answer of `integrations.list`, as a document shows it. */
export const IntegrationListReplyBody = Type.Unsafe<IntegrationListReply>({
  ...Type.Object({ ...IntegrationListReplySchema.properties, integrations: Type.Array(either(returned)) }, {
    description: 'Integrations that the caller may manage.',
    examples: [{ integrations: [incomingExample, outgoingExample], offset: 0, items: 2, count: 2, total: 2, success: true }]
  })
})

/** Answer of `integrations.history`, as a document shows it. */
export const HistoryReplyBody = Type.Unsafe<HistoryReply>({
  ...Type.Object({ ...HistoryReplySchema.properties, history: Type.Array(Type.Unsafe<HistoryEntryView>({ $ref: `${HistoryEntryViewSchema.$id}#` })) }, {
    description: 'Entries of the history, newest first.',
    examples: [{ history: HistoryEntryViewSchema.examples, offset: 0, items: 1, count: 1, total: 1, success: true }]
  })
})

/** Answer of `integrations.status`, as a document shows it. */
export const StatusReplyBody = Type.Unsafe<StatusReply>({
  ...shown(StatusReplySchema), examples: [{ status: IntegrationStatusSchema.examples[0], success: true }]
})

/** Answer of `integrations.explain`, as a document shows it. */
export const ExplainReplyBody = Type.Unsafe<ExplainReply>({
  ...shown(ExplainReplySchema),
  examples: [{
    success: true,
    explanation: {
      type: 'webhook-incoming',
      step: 'sent-message',
      messages: [{ channel: '#general', as: 'rocket.cat', message: { text: 'Hello', parseUrls: true, groupable: false } }],
      script: [],
      data: { text: 'Hello' },
      answer: { status: 200, body: '{"success":true,"ok":true}' },
      notes: []
    }
  }]
})

/** Answer of `integrations.clearHistory` and `integrations.replayOutgoing`, as a document shows it. */
export const DoneReplyBody = Type.Unsafe<DoneReply>({ ...shown(DoneReplySchema), examples: DoneReplySchema.examples })

/** The media types of a body or an answer, as `@fastify/swagger` reads them. */
export type Media = Readonly<Record<string, { readonly schema: unknown, readonly examples?: NamedExamples }>>

const hook = {
  integrationId: Type.String({ description: 'The _id of the integration.' }),
  token: Type.String({ description: 'The token of the integration: the right to post.' })
}

/** Path of a hook, as a document shows it. */
export const HookParameters = Type.Object(hook)

/** Path of a hook for senders that were built for another chat, as a document shows it. */
export const HookProfileParameters = Type.Object({
  ...hook,
  profile: Type.Unsafe<string>({ type: 'string', enum: ['slack', 'mattermost', 'discord'], description: 'The chat that the sender was built for; in any case.' })
})

/** Query of a hook, as a document shows it. */
export const HookQuery = Type.Object({
  wait: Type.Optional(Type.String({ description: 'With true, in any case, the answer tells the messages.' }))
})

/** Headers of a hook, as a document shows them. The product of a sender may have another header for the same. */
export const HookHeaders = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ description: 'Names the delivery: sent again with the same body, nothing is posted twice.' }))
})

const [payloadExample] = HookPayloadSchema.examples

/** Body of a hook, as a document shows it. The bytes decide; the content type is only a hint. */
export const HookBody: { readonly content: Media } = {
  content: {
    'application/json': { schema: { ...withoutId(HookPayloadSchema), examples: [payloadExample] } },
    'application/x-www-form-urlencoded': {
      schema: {
        type: 'object',
        description: 'The same JSON in a field, or the fields themselves.',
        properties: { payload: { type: 'string' } },
        examples: [{ payload: JSON.stringify(payloadExample) }]
      }
    },
    'text/plain': { schema: { type: 'string', description: 'The text of the message.', examples: ['load is high'] } }
  }
}

/** Body of a hook for senders that were built for another chat, as a document shows it. */
export const HookProfileBody: { readonly content: Media } = {
  content: {
    'application/json': {
      schema: {
        ...withoutId(HookPayloadSchema),
        'x-examples': {
          slack: { summary: 'A message for Slack', value: { text: 'Build <https://ci.example/5|5> passed', username: 'CI', icon_emoji: ':rocket:' } },
          mattermost: { summary: 'A message for Mattermost', value: { text: 'Build [5](https://ci.example/5) passed', username: 'CI' } },
          discord: { summary: 'A message for Discord', value: { content: 'Build 5 passed', username: 'CI', embeds: [{ title: 'Log', url: 'https://ci.example/5' }] } }
        } satisfies NamedExamples
      }
    }
  }
}

/** A named component would have a reference in it, and the body of a hook is needed in one document twice at most. */
function withoutId ({ $id, ...schema }: TSchema): Json {
  return shown(schema)
}

/** Answers of a hook in JSON, as a document shows them. */
export const hookAnswers = {
  success: Type.Unsafe({ anyOf: [shown(HookSuccessSchema), shown(HookResponsesSchema)] }),
  failure: Type.Unsafe({ anyOf: [shown(HookFailureSchema), shown(HookResponsesSchema)] }),
  profileSuccess: Type.Unsafe(shown(DiscordMessageSchema)),
  profileFailure: Type.Unsafe({ anyOf: [shown(MattermostFailureSchema), shown(DiscordFailureSchema)] })
}
