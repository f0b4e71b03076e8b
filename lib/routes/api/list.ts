import { ListQuerySchema } from '../../../schemas/index.ts'
import { IntegrationListReplyBody, ListQuery } from '../../../schemas/openapi.ts'
import { listIntegrations } from '../../management/list.ts'
import { validateListQuery } from '../../management/input/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { parametersOf, validateWith } from './validator.ts'

/** `GET integrations.list` */
export function listRoute (parts: RouteParts): void {
  const { context, settings, rules } = parts
  context.get('/integrations.list', {
    ...hostOptions(settings),
    validatorCompiler: validateWith((query) => validateListQuery(parametersOf(query, ListQuerySchema))),
    schema: documented(parts, {
      summary: 'List integrations',
      description: 'Lists the integrations that the caller may manage.',
      operationId: 'listIntegrations'
    }, {
      querystring: ListQuery,
      response: answers('list', IntegrationListReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { ...await listIntegrations(calls, rules, caller, request.query), success: true as const }
  })
}
