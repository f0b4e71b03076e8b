import { type Static, Type } from '@sinclair/typebox'
import { TimestampSchema } from './primitives.ts'

/** The states of an integration. */
export const integrationStates = ['ok', 'failing', 'paused', 'disabled'] as const

/** The state of an integration. */
export type IntegrationState = typeof integrationStates[number]

/** Whether an integration works, as its record and its history tell. */
export const IntegrationStatusSchema = Type.Object({
  state: Type.Union(integrationStates.map((state) => Type.Literal(state)), {
    description: 'ok: nothing fails. failing: the newest call, or the newest delivery to one of the URLs, has failed. ' +
      'paused: deliveries wait, because a receiver fails again and again. disabled: the integration is switched off.'
  }),
  since: TimestampSchema,
  reason: Type.Optional(Type.String({ description: 'Why the integration does not work, for a person.' })),
  lastSuccessAt: Type.Optional(TimestampSchema),
  lastFailureAt: Type.Optional(TimestampSchema)
}, {
  title: 'Status of an integration',
  description: 'Whether an integration works, as its record and the newest entries of its history tell.',
  examples: [{
    state: 'failing',
    since: '2017-01-06T13:23:46.402Z',
    reason: 'the receiver answered 500',
    lastSuccessAt: '2017-01-06T12:01:03.118Z',
    lastFailureAt: '2017-01-06T13:31:10.027Z'
  }]
})

/** Whether an integration works. */
export type IntegrationStatus = Static<typeof IntegrationStatusSchema>
