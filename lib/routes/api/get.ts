import { GetQuerySchema } from '../../../schemas/index.ts'
import { GetQuery, IntegrationReplyBody } from '../../../schemas/openapi.ts'
import { getIntegration } from '../../management/get.ts'
import { validateGetQuery } from '../../management/input/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { parametersOf, validateWith } from './validator.ts'

/** `GET integrations.get` */
export function getRoute (parts: RouteParts): void {
  const { context, settings, rules } = parts
  context.get('/integrations.get', {
    ...hostOptions(settings),
    validatorCompiler: validateWith((query) => validateGetQuery(parametersOf(query, GetQuerySchema))),
    schema: documented(parts, {
      summary: 'Get an integration',
      description: 'Finds one integration by its _id.',
      operationId: 'getIntegration'
    }, {
      querystring: GetQuery,
      response: answers('get', IntegrationReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await getIntegration(calls, rules, caller, request.query), success: true as const }
  })
}
