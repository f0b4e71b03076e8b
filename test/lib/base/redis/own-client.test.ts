import { Cluster, Redis } from 'ioredis'
import { test } from 'tap'
import { closeOwnClient, keyPrefixOf, ownClientLike } from '../../../../lib/base/redis/own-client.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { until } from '../../../support/until.ts'

test('knows what a client writes in front of every key', async (t) => {
  const nodes = [{ host: '127.0.0.1', port: 1 }]
  const clients = [
    new Redis({ lazyConnect: true }),
    new Redis({ lazyConnect: true, keyPrefix: 'a:' }),
    new Cluster(nodes, { lazyConnect: true }),
    new Cluster(nodes, { lazyConnect: true, keyPrefix: 'b:' }),
    new Cluster(nodes, { lazyConnect: true, redisOptions: { keyPrefix: 'c:' } })
  ]
  t.strictSame(clients.map(keyPrefixOf), ['', 'a:', '', 'b:', 'c:'])
})

test('a connection of our own has the place of the client, and the options that it needs', async (t) => {
  const server = await redisServer(t)
  const host = redisClient(t, server, { keyPrefix: 'host:', db: 2, enableOfflineQueue: false, maxRetriesPerRequest: 3 })
  await until('the client is connected', () => host.status === 'ready')
  await host.set('key', 'value')
  const like = ownClientLike(host)
  const bare = ownClientLike(host, { keyPrefix: '', maxRetriesPerRequest: null })
  t.equal(await like.get('key'), 'value')
  t.equal(await bare.get('host:key'), 'value')
  t.equal(Reflect.get(bare.options, 'maxRetriesPerRequest'), null)
  t.equal(host.options.keyPrefix, 'host:')
  for (const own of [like, bare]) closeOwnClient(own)
})

test('a closed connection does not keep the process alive', async (t) => {
  const server = await redisServer(t)
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const own = ownClientLike(redisClient(t, server))
  await own.ping()
  const before = timers()
  closeOwnClient(own)
  await until('it is closed', () => own.status === 'end')
  closeOwnClient(own)
  t.ok(timers() <= before)
})
