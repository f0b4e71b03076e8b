import { GetQuerySchema } from '../../schemas/index.ts'
import { IntegrationReplyBody } from '../../schemas/openapi.ts'
import { getIntegration } from '../core/get.ts'
import { validateGetQuery } from '../core/validators.ts'
import { answers, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { parametersOf, validateWith } from './validator.ts'

/** `GET integrations.get` */
export function getRoute ({ context, settings }: RouteParts): void {
  context.get('/integrations.get', {
    ...hostOptions(settings),
    validatorCompiler: validateWith((query) => validateGetQuery(parametersOf(query, GetQuerySchema))),
    schema: {
      summary: 'Get an integration',
      description: 'Finds one integration by its _id.',
      operationId: 'getIntegration',
      ...settings.routeOptions.schema,
      querystring: GetQuerySchema,
      response: answers(IntegrationReplyBody)
    }
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await getIntegration(calls, caller, request.query), success: true as const }
  })
}
