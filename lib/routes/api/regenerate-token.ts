import { IntegrationReplyBody, RegenerateTokenBody } from '../../../schemas/openapi.ts'
import { regenerateToken } from '../../management/regenerate-token.ts'
import { validateRegenerateToken } from '../../management/input/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.regenerateToken` */
export function regenerateTokenRoute (parts: RouteParts): void {
  const { context, settings, rules } = parts
  context.post('/integrations.regenerateToken', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateRegenerateToken),
    schema: documented(parts, {
      summary: 'Regenerate the token or the secret of an integration',
      description: 'The old token stops working at once. With secret: true, an outgoing webhook gets a new secret instead; ' +
        'for 24 hours, requests carry the signature of the old secret as well.',
      operationId: 'regenerateIntegrationToken'
    }, {
      body: RegenerateTokenBody,
      response: answers('regenerateToken', IntegrationReplyBody)
    })
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await regenerateToken(calls, rules, caller, request.body), success: true as const }
  })
}
