import { type TInteger, Type } from '@sinclair/typebox'
import { plain } from './section.ts'

/** Longest wait that setTimeout can express, in milliseconds. */
const longestTimeout = 2 ** 31 - 1

function count (standard: number, most: number = Number.MAX_SAFE_INTEGER): TInteger {
  return plain(Type.Integer({ minimum: 1, maximum: most }), { default: standard, must: `must be an integer from 1 to ${most}` })
}

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
