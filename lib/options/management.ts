import { Type } from '@sinclair/typebox'
import { count, longestTimeout, plain } from './section.ts'

/** The options of managing integrations that hold plain data. `IntegrationsOptions` says what each means. */
export const managementSection = Type.Object({
  prefix: plain(Type.String({ pattern: '^$|^/([^]*[^/])?$' }), {
    default: '/api/v1',
    must: "must be empty, or begin with '/' and not end with it"
  }),
  bodyLimit: count(256 * 1024),
  maxScriptLength: count(64 * 1024),
  scripts: plain(Type.Union([Type.Literal('allow'), Type.Literal('refuse')]), {
    default: 'allow',
    must: "must be 'allow' or 'refuse'"
  }),
  adapterTimeout: count(5000, longestTimeout),
  managementRoutes: plain(Type.Boolean(), { default: true, must: 'must be true or false' }),
  maxListCount: count(10_000),
  maxListBytes: count(16 * 1024 * 1024),
  maxIntegrationsPerCreator: count(100),
  idempotencyTtl: count(24 * 60 * 60 * 1000)
})
