import { IntegrationError } from '../../errors/index.ts'
import { hostOptions, type RouteParts } from './route.ts'

/** Endpoints of later versions. A client that knows them gets our envelope and not the host's 404. */
const toCome = [
  ['POST', 'explain']
] as const

/** Routes that refuse every caller that is logged in. The routes are in no document. */
export function toComeRoutes ({ context, settings, documentation }: RouteParts): void {
  const { config, ...options } = hostOptions(settings)
  for (const [method, name] of toCome) {
    context.route({
      ...options,
      config: { ...config, swaggerTransform: documentation.look },
      schema: { hide: true },
      method,
      url: `/integrations.${name}`,
      // Before the body is read: a wrong body must not hide the reason of the refusal.
      preParsing: async () => { throw new IntegrationError('error-endpoint-to-come') },
      handler: () => {}
    })
  }
}
