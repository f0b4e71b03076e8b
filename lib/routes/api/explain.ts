import { ExplainBody, ExplainReplyBody } from '../../../schemas/openapi.ts'
import { explain, validateExplain } from '../../explain/explain.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.explain` */
export function explainRoute (parts: RouteParts): void {
  const { context, settings, explanations } = parts
  context.post('/integrations.explain', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateExplain),
    schema: documented(parts, {
      summary: 'Explain what would happen',
      description: 'Tells what would happen with a request to an incoming webhook, or with an event for an outgoing one. ' +
        'The script of the integration runs. Nothing is posted, sent or stored.',
      operationId: 'explainIntegration'
    }, {
      body: ExplainBody,
      response: answers('explain', ExplainReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { success: true as const, explanation: await explain(explanations, calls, caller, request.body) }
  })
}
