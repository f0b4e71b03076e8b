import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { refResolver, tokenHeaderSecurity, tokenHeaderSecuritySchemes } from 'fastify-chat-integrations/schemas'
import type { FastifyInstance } from 'fastify'

/** The documentation of the plugin's routes in this server: the routes need the two headers. */
export const documentedRoutes = { schema: { tags: ['integrations'], security: tokenHeaderSecurity } }

/** Serves a browsable page of all routes that are registered later, at /documentation; /documentation/json is the document. */
export async function serveDocumentation (app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'A small chat server', version: '0.1.0' },
      components: { securitySchemes: tokenHeaderSecuritySchemes }
    },
    refResolver
  })
  await app.register(swaggerUi, { routePrefix: '/documentation' })
}
