import type { FastifyInstance, FastifySchema } from 'fastify'
import { components } from '../../schemas/openapi.ts'
import type { IntegrationRouteOptions } from '../options/route-options.ts'

/** How the routes of one registration appear in a document that `@fastify/swagger` makes. */
export interface Documentation {
  /** The name of an operation, which no other registration in this server gives to one of its own. */
  operationId (name: string): string
  /** Whether the routes are left out: Swagger 2.0 cannot describe their bodies. Known once the document is made. */
  readonly hidden: boolean
  /**
   * Looks at the document that is made: the `config.swaggerTransform` of a route
   * that is in no document. Only such a function is told the kind of document,
   * and on any other route it would take the place of the host's own transform.
   */
  look (made: DocumentMade): { schema: { hide: true }, url: string }
}

/** The description of a route in a document. */
export interface About {
  /** The name of the operation; the host has no say in it. */
  readonly operationId: string
  readonly summary: string
  readonly description: string
}

/**
 * The schema of a route: its description, the host's additions to the
 * description, and the forms of requests and answers.
 *
 * @param added the host's additions.
 */
export function documented<S extends FastifySchema> (
  documentation: Documentation, added: IntegrationRouteOptions['schema'], { operationId, ...about }: About, schema: S
): S {
  const { hide } = { hide: false, ...added }
  const whole = { ...about, ...added, operationId: documentation.operationId(operationId), ...schema }
  // A getter: which kind of document is made is known only then.
  return Object.defineProperty(whole, 'hide', { enumerable: true, get: () => hide || documentation.hidden })
}

/** What `@fastify/swagger` tells a transform, as far as it matters here. */
interface DocumentMade {
  readonly url: string
  /** Set when the document is one of Swagger 2.0. */
  readonly swaggerObject?: { readonly definitions?: Record<string, { readonly title?: unknown }> }
}

/** Endings of the operations that are taken, by server. */
const endings = new WeakMap<object, Set<string>>()

/**
 * Makes the documentation of the routes of one registration.
 *
 * @param prefix of the management routes.
 */
export function documentationOf (context: FastifyInstance, prefix: string): Documentation {
  const ending = newEnding(context, context.prefix + prefix)
  let hidden = false
  return {
    operationId: (name) => name + ending,
    get hidden () { return hidden },
    look ({ url, swaggerObject }) {
      if (swaggerObject !== undefined && !hidden) {
        context.log.warn('@fastify/swagger makes a document of Swagger 2.0, which cannot describe the bodies that ' +
          'fastify-chat-integrations accepts: its routes are left out; give @fastify/swagger the option openapi')
      }
      hidden = swaggerObject !== undefined
      leaveOut(swaggerObject?.definitions ?? {})
      return { schema: { hide: true }, url }
    }
  }
}

/** Takes our schemas out, by their titles: their names are up to the host. */
function leaveOut (definitions: Record<string, { readonly title?: unknown }>): void {
  const titles = new Set<unknown>(components.map(({ title }) => title))
  for (const [name, { title }] of Object.entries(definitions)) {
    if (titles.has(title)) delete definitions[name]
  }
}

/** Nothing for the first registration in a server; for others their prefix, and a number when the prefix is taken, too. */
function newEnding ({ server }: FastifyInstance, prefix: string): string {
  const taken = endings.get(server) ?? new Set()
  endings.set(server, taken)
  const own = prefix.replace(/\W+/g, '_').replace(/_$/, '')
  let ending = taken.size === 0 ? '' : own
  for (let count = 2; taken.has(ending); count++) ending = `${own}_${count}`
  taken.add(ending)
  return ending
}
