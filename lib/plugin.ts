import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import './augment.ts'
import { type Announce, announcer } from './model/changes.ts'
import { reportOnce } from './management/report-once.ts'
import type { Rules } from './management/rules.ts'
import { AlreadyRegisteredError } from './errors/index.ts'
import { bindExplanations, type ExplainParts } from './explain/explain.ts'
import { Calls } from './guard/calls.ts'
import { addLifeCycle } from './life-cycle.ts'
import { bindHistories } from './history/methods.ts'
import { noHistory } from './history/no-history.ts'
import { historyRecorder } from './history/recorder.ts'
import { bindManagement } from './management/integrations.ts'
import { type IntegrationsOptions, resolveOptions, type Settings } from './options/options.ts'
import { Admission } from './incoming/admission.ts'
import { bindExecutions } from './incoming/execute.ts'
import { Receiver } from './incoming/receive.ts'
import { noSandbox } from './model/script/no-sandbox.ts'
import { ScriptRunner } from './model/script/runner.ts'
import { emitNothing, type Outgoing, outgoingOf, type OutgoingPorts } from './outgoing/outgoing.ts'
import type { Part } from './ports/life-cycle.ts'
import type { RequestCheck } from './ports/transport.ts'
import { InProcessQueue } from './queues/in-process.ts'
import { integrationRoutes } from './routes/api/index.ts'
import { documentationOf } from './routes/document.ts'
import { hookRoutes, requireFreePrefix } from './routes/hooks/index.ts'
import { loggable } from './routes/loggable.ts'
import { MemoryHistory } from './stores/memory/history.ts'
import { MemoryStore } from './stores/memory/store.ts'
import { SyntaxChecker } from './syntax/checker.ts'

/** The contexts that have the decorator. Fastify's own error for a second decorator names neither the plugin nor the solution. */
const registered = new WeakSet<FastifyInstance>()

async function chatIntegrations (fastify: FastifyInstance, options: IntegrationsOptions): Promise<void> {
  if (registered.has(fastify)) throw new AlreadyRegisteredError()
  const settings = resolveOptions(options, {
    store: () => new MemoryStore(),
    history: () => new MemoryHistory(),
    queue: (concurrency) => new InProcessQueue({ concurrency })
  })
  if (settings.incoming !== null) requireFreePrefix(fastify, settings.incoming)
  if (settings.store.persistent === false) {
    fastify.log.warn('integrations are kept in memory only and are forgotten when this process ends; use RedisStore to keep them')
  }
  if (settings.queue?.persistent === false) {
    fastify.log.warn('deliveries of outgoing webhooks are kept in this process only and are lost when it ends; use BullmqQueue to keep them')
  }
  const { announce: tellHost, settled } = announcer(settings.onChange, (error) => {
    fastify.log.error({ err: loggable(error) }, 'onChange failed')
  })
  // The prefix of the context that registers the plugin stands before both prefixes of the options.
  const hookPrefix = fastify.prefix + (settings.incoming?.prefix ?? '')
  const syntax = new SyntaxChecker()
  const ports = { ...settings, history: settings.history ?? noHistory, sandbox: settings.sandbox ?? noSandbox, syntax }
  const timeout = { milliseconds: settings.adapterTimeout, option: 'adapterTimeout' }
  const history = historyRecorder({ history: settings.history, timeout, log: fastify.log, loggable })
  const newCalls = (): Calls => new Calls(ports, timeout)
  const reportUnreadable = reportOnce((error) => {
    fastify.log.error({ err: loggable(error) }, 'an integration cannot be read and is missing in a list')
  })
  const scripts = new ScriptRunner()
  const { outgoing, transport } = await outgoingWith(settings, {
    newCalls, scripts, record: history.record, reportUnreadable, announce: tellHost, log: fastify.log, loggable
  })
  const announce: Announce = (change) => {
    outgoing?.noteChange()
    tellHost(change)
  }
  // In the order of their start: a part comes after the parts that it uses.
  const parts: readonly Part[] = [
    { name: 'store', of: settings.store },
    ...(settings.history === null ? [] : [{ name: 'history', of: settings.history }]),
    ...(settings.messenger === null ? [] : [{ name: 'messenger', of: settings.messenger }]),
    { name: 'syntax', of: syntax },
    ...(settings.sandbox === null ? [] : [{ name: 'sandbox', of: settings.sandbox }]),
    { name: 'entries of the history', of: { close: history.settled } },
    { name: 'onChange', of: { close: settled } },
    ...(outgoing?.parts ?? [])
  ]
  const rules: Rules = {
    maxScriptLength: settings.maxScriptLength,
    scripts: settings.scripts,
    maxListCount: settings.maxListCount,
    maxListBytes: settings.maxListBytes,
    maxIntegrationsPerCreator: settings.maxIntegrationsPerCreator,
    idempotencyTtl: settings.idempotencyTtl,
    hookPrefix: settings.incoming === null ? undefined : hookPrefix,
    reportUnreadable,
    announce,
    forget: history.forget
  }
  const { incoming } = settings
  const hookTimeout = { milliseconds: incoming?.timeout ?? settings.adapterTimeout, option: 'incoming.timeout' }
  const hookCalls = (): Calls => new Calls(ports, hookTimeout)
  const receiver = incoming && new Receiver(incoming, hookCalls, history.record, scripts)
  const explanations: ExplainParts = {
    ports,
    timeout,
    rules,
    scripts,
    incoming,
    outgoing: settings.outgoing && transport && { settings: settings.outgoing, transport, posts: settings.messenger !== null, loggable }
  }
  fastify.decorate('integrations', Object.freeze({
    ...bindManagement(settings.store, rules, newCalls), ...bindHistories(newCalls, outgoing), ...bindExecutions(receiver, hookCalls), ...bindExplanations(explanations), emit: outgoing?.emit ?? emitNothing
  }))
  registered.add(fastify)
  const { logLevel, logSerializers } = options
  const documentation = documentationOf(fastify, settings.prefix)
  await fastify.register(
    async (context) => {
      addLifeCycle(context, parts, timeout)
      await integrationRoutes(context, settings, rules, newCalls, outgoing, explanations, documentation)
    },
    { prefix: settings.prefix, ...(logLevel && { logLevel }), ...(logSerializers && { logSerializers }) }
  )
  if (incoming === null || receiver === null) return
  await fastify.register(
    async (context) => {
      await hookRoutes(context, {
        settings: incoming,
        admission: new Admission(incoming, (address) => {
          fastify.log.warn({ address }, 'an address has sent many wrong tokens to hooks; further ones are answered 429')
        }),
        receiver,
        newCalls: hookCalls,
        documentation
      })
    },
    { prefix: incoming.prefix, ...(logLevel && { logLevel }), ...(logSerializers && { logSerializers }) }
  )
}

/** Outgoing webhooks; null when they are off. Only a server that has them loads the HTTP client. */
async function outgoingWith (
  { outgoing: rules, queue, store, messenger, onDelivery }: Settings, rest: Omit<OutgoingPorts, 'settings' | 'store' | 'queue' | 'transport' | 'posts' | 'onDelivery'>
): Promise<{ readonly outgoing: Outgoing | null, readonly transport: RequestCheck | null }> {
  if (rules === null || queue === null) return { outgoing: null, transport: null }
  const { HttpTransport } = await import('./transport/http.ts')
  const { allow, timeout, maxResponseBytes: maxBodyBytes, concurrency } = rules
  // A call that waits for a connection uses up its time, and the receiver would count as failing.
  const maxConnectionsPerOrigin = Math.max(64, concurrency)
  const transport = new HttpTransport({ allow, timeout, maxBodyBytes, maxConnectionsPerOrigin })
  return { outgoing: outgoingOf({ ...rest, settings: rules, store, queue, transport, posts: messenger !== null, onDelivery }), transport }
}

/**
 * Gives a Fastify server Rocket.Chat-compatible integrations: the route
 * `POST <prefix>/integrations.create`, the routes that manage integrations, and
 * `fastify.integrations` for the host's own code.
 *
 * The routes have a context of their own. The context that registers the plugin
 * gains the decorator and nothing else.
 *
 * @throws InvalidOptionError at registration, naming the option.
 * @throws AlreadyRegisteredError when the context has the plugin already.
 *   Register each workspace in a context of its own.
 */
export default fp(chatIntegrations, { name: 'fastify-chat-integrations', fastify: '>=5.3.0 <6' })
