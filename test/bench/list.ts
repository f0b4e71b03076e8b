import { once } from 'node:events'
import { Redis } from 'ioredis'
import type { IntegrationScope, ListQuery } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { patient } from '../support/integrations.ts'
import { startRedis } from '../support/redis-server.ts'
import { populate, typicalIncoming, typicalOutgoing } from './population.ts'

// A page of a list among few and among many integrations: `npm run bench:list`.

const sizes = { few: 1000, many: positive('BENCH_MANY', 1_000_000) }
const pages = positive('BENCH_PAGES', 4000)
const creators = 10
const bars = { p50: 1.3, p99: 2 }

const everything: IntegrationScope[] = [{ type: 'webhook-incoming' }, { type: 'webhook-outgoing' }]
const own: IntegrationScope[] = everything.map((scope) => ({ ...scope, creatorId: typicalOutgoing(0, creators)._createdBy._id }))

const server = await startRedis()
const redis = new Redis(server.url)
await once(redis, 'ready')
try {
  const stores = { few: new RedisStore({ redis, keyPrefix: 'few' }), many: new RedisStore({ redis, keyPrefix: 'many' }) }
  for (const size of ['few', 'many'] as const) {
    await populate(stores[size], sizes[size], (index) => (index % 2 === 0 ? typicalOutgoing : typicalIncoming)(index, creators))
  }
  console.log(`pages of 50, anywhere in a list of ${sizes.few} and of ${sizes.many}, ${pages} of each, in turn; milliseconds`)
  console.log(row('', 'p50 few', 'many', `ratio (${bars.p50})`, 'p99 few', 'many', `ratio (${bars.p99})`))
  for (const [whose, scopes] of [['all', everything], ['one type', everything.slice(1)], ['of one creator', own]] as const) {
    for (const sortBy of ['creation', 'name'] as const) {
      const times = await measure(stores, scopes, sortBy)
      const cells = [0.5, 0.99].flatMap((share) => {
        const [few, many] = [quantile(times.few, share), quantile(times.many, share)]
        return [few.toFixed(3), many.toFixed(3), (many / few).toFixed(2)]
      })
      console.log(row(`${whose}, by ${sortBy}`, ...cells))
    }
  }
  // Every name is looked at, and every name fits.
  console.log('the first page of 50 with a part of the name that all names hold; milliseconds, median of 5')
  for (const sortBy of ['creation', 'name'] as const) {
    const [few, many] = [await searchTime(stores.few, sortBy), await searchTime(stores.many, sortBy)]
    console.log(row(`all, by ${sortBy}`, few.toFixed(1), many.toFixed(1)))
  }
} finally {
  redis.disconnect()
  await server.close()
}

type Times = Record<keyof typeof sizes, number[]>

async function measure (
  stores: Record<keyof typeof sizes, RedisStore>, scopes: readonly IntegrationScope[], sortBy: ListQuery['sortBy']
): Promise<Times> {
  const times: Times = { few: [], many: [] }
  const query = { scopes, sortBy, count: 50 }
  const { total: few } = await stores.few.list({ ...query, descending: true, offset: 0 }, patient)
  const { total: many } = await stores.many.list({ ...query, descending: true, offset: 0 }, patient)
  const totals = { few, many }
  // A tenth more: the first ones warm up.
  for (let page = -pages / 10; page < pages; page++) {
    for (const size of page % 2 === 0 ? ['few', 'many'] as const : ['many', 'few'] as const) {
      const offset = Math.floor(Math.random() * Math.max(1, totals[size] - 50))
      const start = performance.now()
      const { integrations } = await stores[size].list({ ...query, descending: page % 4 < 2, offset }, patient)
      const time = performance.now() - start
      if (integrations.length !== Math.min(50, totals[size])) throw new Error(`a page has ${integrations.length} integrations`)
      if (page >= 0) times[size].push(time)
    }
  }
  return times
}

async function searchTime (store: RedisStore, sortBy: ListQuery['sortBy']): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    await store.list({ scopes: everything, sortBy, descending: true, offset: 0, count: 50, nameContains: 'deploy' }, patient)
    times.push(performance.now() - start)
  }
  return quantile(times, 0.5)
}

function quantile (times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? NaN
}

function row (title: string, ...cells: readonly string[]): string {
  return title.padEnd(28) + cells.map((cell) => cell.padStart(14)).join('')
}

function positive (name: string, byDefault: number): number {
  const value = Number(process.env[name] ?? byDefault)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${name} must be a positive integer`)
}
