import { CreateHeadersSchema } from '../../schemas/index.ts'
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
    validatorCompiler: validateWith(validateInput, 'body'),
    schema: {
      summary: 'Create an integration',
      description: 'Creates an incoming or an outgoing webhook.',
      operationId: 'createIntegration',
      ...settings.routeOptions.schema,
      headers: CreateHeadersSchema,
      body: CreateBody,
      response: answers(IntegrationReplyBody)
    }
  }, async (request, reply) => {
    const { caller, calls } = sessionOf(request)
    const keys = request.headers['idempotency-key']
    // Two of them are none: the space between them is refused.
    const key = Array.isArray(keys) ? keys.join(', ') : keys
    const { integration, replayed } = await createIntegration(calls, rules, caller, request.body, key)
    if (replayed) reply.header('idempotent-replayed', 'true')
    return { integration, success: true as const }
  })
}
