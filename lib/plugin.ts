import { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import './augment.ts'
import { announcer } from './core/changes.ts'
import { type Rules } from './core/rules.ts'
import { bindIntegrations } from './integrations.ts'
import { type IntegrationsOptions, resolveOptions } from './options.ts'
import { integrationRoutes } from './routes/index.ts'
import { loggable } from './routes/loggable.ts'
import { MemoryStore } from './stores/memory.ts'
import { SyntaxChecker } from './syntax/checker.ts'

async function chatIntegrations (fastify: FastifyInstance, options: IntegrationsOptions): Promise<void> {
  const settings = resolveOptions(options, () => new MemoryStore())
  if (settings.store.persistent === false) {
    fastify.log.warn('integrations are kept in memory only and are forgotten when this process ends; use RedisStore to keep them')
  }
  const syntax = new SyntaxChecker()
  const rules: Rules = {
    maxScriptLength: settings.maxScriptLength,
    scripts: settings.scripts,
    checkSyntax: (source, signal) => syntax.check(source, signal),
    maxListCount: settings.maxListCount,
    idempotencyTtl: settings.idempotencyTtl,
    reportUnreadable: (error) => {
      fastify.log.error({ err: loggable(error) }, 'an integration cannot be read and is missing in a list')
    },
    announce: announcer(settings.onChange, (error) => {
      fastify.log.error({ err: loggable(error) }, 'onChange failed')
    })
  }
  fastify.decorate('integrations', bindIntegrations(settings, rules))
  const { logLevel, logSerializers } = options
  await fastify.register(
    async (context) => {
      context.addHook('onClose', () => syntax.close())
      await integrationRoutes(context, settings, rules)
    },
    { prefix: settings.prefix, ...(logLevel && { logLevel }), ...(logSerializers && { logSerializers }) }
  )
}

/**
 * Gives a Fastify server Rocket.Chat-compatible integrations: the route
 * `POST <prefix>/integrations.create`, those that manage what it created, and
 * `fastify.integrations` for the host's own code.
 *
 * The routes live in a context of their own. The server they are registered
 * in gains the decorator and nothing else.
 *
 * @throws InvalidOptionError at registration, naming the option.
 */
export default fp(chatIntegrations, { name: 'fastify-chat-integrations', fastify: '5.x' })
