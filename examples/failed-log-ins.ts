import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'

/** The number of failed log-ins that one address may have in a minute. */
const max = 1000

/**
 * Refuses an address that failed to log in too often: for the rest of the
 * minute, all its requests are answered 429, also requests with valid
 * credentials. Requests of logged-in clients do not count towards the limit.
 *
 * Call it before the plugin is registered. Hooks of the context around the
 * plugin run before `authenticate`. A limit for its routes (`routeOptions`),
 * or for all routes, runs after `authenticate` and never sees a 401.
 */
export async function limitFailedLogIns (app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, { global: false })
  const failures = app.createRateLimit({ max, timeWindow: '1 minute' })
  app.addHook('onRequest', async (request, reply) => {
    const state = await failures(request, { increment: false })
    if (state.isAllowed || state.remaining > 0) return
    reply.header('retry-after', state.ttlInSeconds)
    throw Object.assign(new Error('Too many failed log-ins'), { statusCode: 429 })
  })
  app.addHook('onResponse', async (request, { statusCode }) => {
    if (statusCode === 401) await failures(request)
  })
}
