import { IntegrationReplyBody, UpdateBody } from '../../../schemas/openapi.ts'
import { updateIntegration } from '../../management/update.ts'
import { validateUpdate } from '../../management/input/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `PUT integrations.update` */
export function updateRoute (parts: RouteParts): void {
  const { context, settings, rules } = parts
  context.put('/integrations.update', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateUpdate),
    schema: documented(parts, {
      summary: 'Change an integration',
      description: 'Changes what is sent and keeps the rest.',
      operationId: 'updateIntegration'
    }, {
      body: UpdateBody,
      response: answers('update', IntegrationReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await updateIntegration(calls, rules, caller, request.body), success: true as const }
  })
}
