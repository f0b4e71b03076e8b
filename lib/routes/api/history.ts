import { HistoryQuerySchema } from '../../../schemas/index.ts'
import { HistoryQuery, HistoryReplyBody } from '../../../schemas/openapi.ts'
import { listHistory } from '../../history/list.ts'
import { validateHistoryQuery } from '../../history/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { parametersOf, validateWith } from './validator.ts'

/** `GET integrations.history` */
export function historyRoute (parts: RouteParts): void {
  const { context, settings } = parts
  context.get('/integrations.history', {
    ...hostOptions(settings),
    validatorCompiler: validateWith((query) => validateHistoryQuery(parametersOf(query, HistoryQuerySchema))),
    schema: documented(parts, {
      summary: 'List the history of an integration',
      description: 'Lists what happened in the calls and deliveries of an integration, newest first.',
      operationId: 'listIntegrationHistory'
    }, {
      querystring: HistoryQuery,
      response: answers('history', HistoryReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { ...await listHistory(calls, caller, request.query), success: true as const }
  })
}
