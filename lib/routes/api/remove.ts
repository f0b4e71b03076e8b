import { IntegrationReplyBody, RemoveBody } from '../../../schemas/openapi.ts'
import { locatorOf } from '../../management/locate.ts'
import { removeIntegration } from '../../management/remove.ts'
import { validateRemove } from '../../management/input/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.remove` */
export function removeRoute (parts: RouteParts): void {
  const { context, settings, rules } = parts
  context.post('/integrations.remove', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateRemove),
    schema: documented(parts, {
      summary: 'Remove an integration',
      description: 'Removes an integration and returns it as it was.',
      operationId: 'removeIntegration'
    }, {
      body: RemoveBody,
      response: answers('remove', IntegrationReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await removeIntegration(calls, rules, caller, locatorOf(request.body)), success: true as const }
  })
}
