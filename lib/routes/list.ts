import { ListQuerySchema } from '../../schemas/index.ts'
import { IntegrationListReplyBody } from '../../schemas/openapi.ts'
import { listIntegrations } from '../core/list.ts'
import { validateListQuery } from '../core/validators.ts'
import { answers, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { parametersOf, validateWith } from './validator.ts'

/** `GET integrations.list` */
export function listRoute ({ context, settings, rules }: RouteParts): void {
  context.get('/integrations.list', {
    ...hostOptions(settings),
    validatorCompiler: validateWith((query) => validateListQuery(parametersOf(query, ListQuerySchema))),
    schema: {
      summary: 'List integrations',
      description: 'Lists the integrations that the caller may manage.',
      operationId: 'listIntegrations',
      ...settings.routeOptions.schema,
      querystring: ListQuerySchema,
      response: answers(IntegrationListReplyBody)
    }
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { ...await listIntegrations(calls, rules, caller, request.query), success: true as const }
  })
}
