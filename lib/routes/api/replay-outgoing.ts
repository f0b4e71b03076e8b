import { DoneReplyBody, ReplayOutgoingBody } from '../../../schemas/openapi.ts'
import { replayOutgoing } from '../../history/replay.ts'
import { validateReplayOutgoing } from '../../history/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.replayOutgoing` */
export function replayOutgoingRoute (parts: RouteParts): void {
  const { context, settings, deliveries } = parts
  context.post('/integrations.replayOutgoing', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateReplayOutgoing),
    schema: documented(parts, {
      summary: 'Send a delivery again',
      description: 'Queues the recorded payload for the recorded URL, with the token of now and a new webhook-id.',
      operationId: 'replayOutgoingIntegration'
    }, {
      body: ReplayOutgoingBody,
      response: answers('replayOutgoing', DoneReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    await replayOutgoing(calls, caller, request.body, deliveries)
    return { success: true as const }
  })
}
