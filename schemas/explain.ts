import { type Static, Type } from '@sinclair/typebox'
import { ConsoleLineSchema } from './history.ts'
import { rawLimits } from './limits.ts'

const text = Type.String()
const texts = Type.Record(text, text)

/** Body of `integrations.explain`. */
export const ExplainSchema = Type.Object({
  integrationId: Type.Optional(Type.String({
    description: 'The _id of the integration.', minLength: 1, maxLength: rawLimits.reference, pattern: '\\S'
  })),
  integration: Type.Optional(Type.Unknown({
    description: 'The integration itself, as the body of a create, in the place of integrationId. Nothing of it is stored.'
  })),
  payload: Type.Optional(Type.Unknown({ description: 'Incoming: the payload, as a sender would send it in JSON.' })),
  body: Type.Optional(Type.String({ description: 'Incoming: the body as text, in the place of payload.' })),
  headers: Type.Optional(Type.Record(text, text, { description: 'Incoming: the headers of the request.' })),
  query: Type.Optional(Type.Union([text, texts], { description: 'Incoming: the query of the request, as text or as an object of texts.' })),
  event: Type.Optional(Type.String({ description: 'Outgoing: the event. With data.', examples: ['sendMessage'] })),
  data: Type.Optional(Type.Unknown({ description: 'Outgoing: room, user and message of the event, as the server tells them.' })),
  text: Type.Optional(Type.String({
    description: 'Outgoing: the text of a message in the place of event and data. The message is one of the caller, in the first channel of the integration.'
  })),
  answer: Type.Optional(Type.Object({
    status: Type.Integer({ description: 'The HTTP status.', minimum: 200, maximum: 599 }),
    headers: Type.Optional(texts),
    body: Type.Optional(text)
  }, { description: 'Outgoing: an answer that the receiver might give. Without it, the explanation ends before the call.', additionalProperties: false }))
}, {
  $id: 'Explain',
  title: 'What is to be explained',
  description: 'Body of integrations.explain.',
  additionalProperties: false,
  examples: [{ integrationId: 'xY5qzpZ2WzoBP8msi', payload: { text: 'Hello' } }]
})

/** Body of `integrations.explain`. */
export type Explain = Static<typeof ExplainSchema>

const runFields = {
  step: Type.String({ description: 'The last step that was reached; the names are those of the history.' }),
  error: Type.Optional(Type.String({ description: 'Why it ended there; absent when nothing failed.' })),
  messages: Type.Array(Type.Object({
    channel: Type.String({ description: 'Where to.' }),
    as: Type.Optional(Type.String({ description: 'The username of the account that would post.' })),
    message: Type.Optional(Type.Unknown({ description: 'The message, as the chat would get it.' })),
    error: Type.Optional(Type.String({ description: 'The code of the reason why it would not be posted.' }))
  }), { description: 'The messages that would be posted.' }),
  script: Type.Array(Type.Object({
    method: Type.String({ description: 'The method of the script.' }),
    result: Type.Optional(Type.Unknown({ description: 'The value that the method returned.' })),
    error: Type.Optional(Type.String({ description: 'Why the method failed.' })),
    console: Type.Array(ConsoleLineSchema, { description: 'The lines that the method wrote.' })
  }), { description: 'The methods of the script that ran.' }),
  notes: Type.Array(Type.String(), { description: 'Remarks, as the history would have them.' })
}

/** The explanation of a request to an incoming webhook. */
export const IncomingExplanationSchema = Type.Object({
  type: Type.Literal('webhook-incoming'),
  ...runFields,
  data: Type.Optional(Type.Unknown({ description: 'The payload, as the body was read.' })),
  answer: Type.Object({
    status: Type.Integer({ description: 'The HTTP status.' }),
    body: Type.String({ description: 'The body.' })
  }, { description: 'The answer that the sender would get.' })
})

/** The explanation of one delivery. */
export const DeliveryExplanationSchema = Type.Object({
  ...runFields,
  url: Type.String({ description: 'The URL of the integration.' }),
  request: Type.Optional(Type.Object({
    method: text,
    url: text,
    headers: texts,
    body: Type.Union([text, Type.Null()])
  }, { description: 'The request that would be sent, without its signature. Absent when none would be sent.' }))
})

/** The explanation of an event for an outgoing webhook. */
export const OutgoingExplanationSchema = Type.Object({
  type: Type.Literal('webhook-outgoing'),
  triggers: Type.Boolean({ description: 'Whether the event triggers the integration.' }),
  reason: Type.Optional(Type.String({ description: 'Why it does not.' })),
  triggerWord: Type.Optional(Type.String({ description: 'The trigger word that fits.' })),
  notes: Type.Array(Type.String(), { description: 'Remarks.' }),
  deliveries: Type.Array(DeliveryExplanationSchema, { description: 'One for each URL.' })
})

/** What would happen. */
export const ExplanationSchema = Type.Union([IncomingExplanationSchema, OutgoingExplanationSchema], {
  title: 'Explanation',
  description: 'What would happen with a request or an event. Nothing of it has happened.'
})

/** The explanation of a request to an incoming webhook. */
export type IncomingExplanation = Static<typeof IncomingExplanationSchema>

/** The explanation of one delivery. */
export type DeliveryExplanation = Static<typeof DeliveryExplanationSchema>

/** The explanation of an event for an outgoing webhook. */
export type OutgoingExplanation = Static<typeof OutgoingExplanationSchema>

/** What would happen. */
export type Explanation = Static<typeof ExplanationSchema>
