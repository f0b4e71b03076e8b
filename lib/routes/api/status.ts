import { StatusQuerySchema } from '../../../schemas/index.ts'
import { StatusQuery, StatusReplyBody } from '../../../schemas/openapi.ts'
import { statusOf } from '../../history/status.ts'
import { validateStatusQuery } from '../../history/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { parametersOf, validateWith } from './validator.ts'

/** `GET integrations.status` */
export function statusRoute (parts: RouteParts): void {
  const { context, settings, deliveries } = parts
  context.get('/integrations.status', {
    ...hostOptions(settings),
    validatorCompiler: validateWith((query) => validateStatusQuery(parametersOf(query, StatusQuerySchema))),
    schema: documented(parts, {
      summary: 'Tell whether an integration works',
      description: 'The newest entries of the history tell whether an integration works. A receiver that is paused is paused in ' +
        'the process that answers.',
      operationId: 'getIntegrationStatus'
    }, {
      querystring: StatusQuery,
      response: answers('status', StatusReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { status: await statusOf(calls, caller, request.query.integrationId, deliveries), success: true as const }
  })
}
