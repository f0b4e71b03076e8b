import {
  FailureReplySchema, IntegrationInputSchema, IntegrationReplySchema, UnauthenticatedReplySchema
} from '../../schemas/index.ts'
import { createIntegration } from '../core/create.ts'
import { validateInput } from '../core/validate.ts'
import { type Settings } from '../options.ts'
import { type RoutesContext } from './index.ts'
import { sessionOf } from './session.ts'
import { bodyValidator } from './validator.ts'

/** `POST integrations.create` */
export function createRoute (context: RoutesContext, settings: Settings): void {
  const { schema, ...routeOptions } = settings.routeOptions
  context.post('/integrations.create', {
    ...routeOptions,
    bodyLimit: settings.bodyLimit,
    validatorCompiler: bodyValidator(validateInput),
    schema: {
      summary: 'Create an integration',
      description: 'Creates an incoming or an outgoing webhook.',
      operationId: 'createIntegration',
      ...schema,
      body: IntegrationInputSchema,
      response: {
        200: IntegrationReplySchema,
        401: UnauthenticatedReplySchema,
        '4xx': FailureReplySchema,
        '5xx': FailureReplySchema
      }
    }
  }, async (request) => {
    const { caller, calls } = sessionOf(request)
    return { integration: await createIntegration(calls, settings, caller, request.body), success: true as const }
  })
}
