import { IntegrationReplyBody, UpdateBody } from '../../schemas/openapi.ts'
import { updateIntegration } from '../core/update.ts'
import { validateUpdate } from '../core/validators.ts'
import { answers, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `PUT integrations.update` */
export function updateRoute ({ context, settings, rules }: RouteParts): void {
  context.put('/integrations.update', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateUpdate),
    schema: {
      summary: 'Change an integration',
      description: 'Changes what is sent and keeps the rest.',
      operationId: 'updateIntegration',
      ...settings.routeOptions.schema,
      body: UpdateBody,
      response: answers(IntegrationReplyBody)
    }
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await updateIntegration(calls, rules, caller, request.body), success: true as const }
  })
}
