import { ClearHistoryBody, DoneReplyBody } from '../../../schemas/openapi.ts'
import { clearHistory } from '../../history/clear.ts'
import { validateClearHistory } from '../../history/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.clearHistory` */
export function clearHistoryRoute (parts: RouteParts): void {
  const { context, settings } = parts
  context.post('/integrations.clearHistory', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateClearHistory),
    schema: documented(parts, {
      summary: 'Clear the history of an integration',
      description: 'Forgets all entries of the history of an integration. The integration stays as it is.',
      operationId: 'clearIntegrationHistory'
    }, {
      body: ClearHistoryBody,
      response: answers('clearHistory', DoneReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    await clearHistory(calls, caller, request.body.integrationId)
    return { success: true as const }
  })
}
