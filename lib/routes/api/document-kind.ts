import { IntegrationError } from '../../errors/index.ts'
import { hostOptions, type RouteParts } from './route.ts'

/**
 * Adds a route that is in no document, and that learns which kind of document is
 * made. It must be the first route of the context: the others are put into the
 * document after it. An explanation is asked for with POST.
 */
export function documentKindRoute ({ context, settings, documentation }: RouteParts): void {
  const { config, ...options } = hostOptions(settings)
  context.get('/integrations.explain', {
    ...options,
    config: { ...config, swaggerTransform: documentation.look },
    schema: { hide: true }
  }, async (_request, reply) => {
    reply.header('allow', 'POST')
    throw new IntegrationError('error-method-not-allowed')
  })
}
