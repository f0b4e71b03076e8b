import { RegenerateTokenSchema } from '../../schemas/index.ts'
import { IntegrationReplyBody } from '../../schemas/openapi.ts'
import { regenerateToken } from '../core/regenerate-token.ts'
import { validateRegenerateToken } from '../core/validators.ts'
import { answers, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.regenerateToken` */
export function regenerateTokenRoute ({ context, settings, rules }: RouteParts): void {
  context.post('/integrations.regenerateToken', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateRegenerateToken),
    schema: {
      summary: 'Regenerate the token of an integration',
      description: 'The old token stops working at once.',
      operationId: 'regenerateIntegrationToken',
      ...settings.routeOptions.schema,
      body: RegenerateTokenSchema,
      response: answers(IntegrationReplyBody)
    }
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await regenerateToken(calls, rules, caller, request.body.integrationId), success: true as const }
  })
}
