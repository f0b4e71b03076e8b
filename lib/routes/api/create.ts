import { CreateBody, CreateHeaders, IntegrationReplyBody } from '../../../schemas/openapi.ts'
import { createIntegration } from '../../management/create.ts'
import { validateInput } from '../../management/input/validators.ts'
import { answers } from './answers.ts'
import { documented, hostOptions, type RouteParts } from './route.ts'
import { sessionOf } from './session.ts'
import { validateWith } from './validator.ts'

/** `POST integrations.create` */
export function createRoute (parts: RouteParts): void {
  const { context, settings, rules } = parts
  context.post('/integrations.create', {
    ...hostOptions(settings),
    validatorCompiler: validateWith(validateInput, 'body'),
    schema: documented(parts, {
      summary: 'Create an integration',
      description: 'Creates an incoming or an outgoing webhook.',
      operationId: 'createIntegration'
    }, {
      headers: CreateHeaders,
      body: CreateBody,
      response: answers('create', IntegrationReplyBody)
    })
  }, async (request, reply) => {
    const { caller, calls } = sessionOf(request)
    const keys = request.headers['idempotency-key']
    // Two keys are joined with a comma and a space. No key may hold a space: the request is refused.
    const key = Array.isArray(keys) ? keys.join(', ') : keys
    const { integration, replayed } = await createIntegration(calls, rules, caller, request.body, key)
    if (replayed) reply.header('idempotent-replayed', 'true')
    return { integration, success: true as const }
  })
}
