import { CreateBody, IntegrationReplyBody } from '../../schemas/openapi.ts'
import { createIntegration } from '../core/create.ts'
import { validateInput } from '../core/validators.ts'
import { answers, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.create` */
export function createRoute ({ context, settings, rules }: RouteParts): void {
  context.post('/integrations.create', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateInput),
    schema: {
      summary: 'Create an integration',
      description: 'Creates an incoming or an outgoing webhook.',
      operationId: 'createIntegration',
      ...settings.routeOptions.schema,
      body: CreateBody,
      response: answers(IntegrationReplyBody)
    }
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await createIntegration(calls, rules, caller, request.body), success: true as const }
  })
}
