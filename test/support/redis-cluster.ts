import { Cluster, Redis } from 'ioredis'
import type { Test } from 'tap'
import { freePort, type RedisServer, startRedis } from './redis-server.ts'
import { until } from './until.ts'

/** Three masters, each with a replica of its own, on free loopback ports. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  /**
   * The node that serves the slot of a key, as a node sees it that is up.
   *
   * @param hung is not asked.
   */
  masterOf (key: string, hung?: RedisServer): Promise<RedisServer>
  /** The nodes that copy what the master of a key holds. */
  replicasOf (key: string): Promise<RedisServer[]>
  /** Begins to move the slot of a key, as `redis-cli --cluster reshard` does, to another master. */
  startMove (key: string): Promise<SlotMove>
  /** Stops a node at once, as a crash would. */
  kill (node: RedisServer): Promise<void>
  /** Starts it again with the name it had. What it held is gone, unless nodes persist. */
  restart (node: RedisServer): Promise<void>
  /** Resolves once all nodes serve and every replica has all that its master has. */
  healthy (): Promise<void>
  /** Ends all nodes and removes their files. */
  close (): Promise<void>
}

/** A slot on its way: what is not yet in one node may be in the other. */
export interface SlotMove {
  /**
   * Moves some keys.
   *
   * @returns how many; none when all have been moved.
   */
  keys (count: number): Promise<number>
  /** Tells all masters that the slot has arrived. */
  end (): Promise<void>
}

const masters = 3

/** After so many milliseconds without a word from a node, others take it for dead. */
const nodeTimeout = 1500

const highestSlot = 16383

/** Starts a Cluster and waits until it serves. */
export async function startRedisCluster ({ args = [] }: { readonly args?: readonly string[] } = {}): Promise<RedisCluster> {
  const nodes: RedisServer[] = []
  const clients = new Map<RedisServer, Redis>()
  const down = new Set<RedisServer>()

  async function close (): Promise<void> {
    for (const client of clients.values()) client.disconnect()
    await Promise.all(nodes.map((node) => node.close()))
  }

  async function addNode (): Promise<void> {
    const node = await startRedis({
      args: [
        '--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--cluster-announce-ip', '127.0.0.1',
        '--cluster-node-timeout', String(nodeTimeout), '--cluster-require-full-coverage', 'no',
        // By default a master waits five seconds for more replicas before it sends itself to one.
        '--repl-diskless-sync-delay', '0',
        ...args
      ]
    })
    nodes.push(node)
    const client = new Redis({ port: node.port, host: '127.0.0.1', retryStrategy: () => 50, maxRetriesPerRequest: 0, commandTimeout: 2000 })
    client.on('error', () => {})
    clients.set(node, client)
  }

  function clientOf (node: RedisServer): Redis {
    const client = clients.get(node)
    if (client === undefined) throw new Error('not a node of this cluster')
    return client
  }

  function nodeAt (port: number): RedisServer {
    const node = nodes.find((node) => node.port === port)
    if (node === undefined) throw new Error(`port ${port} is no node of this cluster`)
    return node
  }

  const up = (): RedisServer[] => nodes.filter((node) => !down.has(node))
  const idOf = async (node: RedisServer): Promise<string> => String(await clientOf(node).cluster('MYID'))

  /** Who serves the slot of a key and who copies it, as one node sees it. */
  async function ownersOf (key: string, hung?: RedisServer): Promise<{ master: RedisServer, replicas: RedisServer[] }> {
    const witness = up().find((node) => node !== hung)
    if (witness === undefined) throw new Error('no node is up')
    const client = clientOf(witness)
    const slot = Number(await client.cluster('KEYSLOT', key))
    const known = parseNodes(String(await client.cluster('NODES')))
    const master = known.find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last))
    if (master === undefined) throw new Error(`nobody serves slot ${slot}`)
    return {
      master: nodeAt(master.port),
      replicas: known.filter(({ masterId }) => masterId === master.id).map(({ port }) => nodeAt(port))
    }
  }

  async function startMove (key: string): Promise<SlotMove> {
    const { master: source } = await ownersOf(key)
    const from = clientOf(source)
    const slot = Number(await from.cluster('KEYSLOT', key))
    const serving = parseNodes(String(await from.cluster('NODES'))).filter(({ slots, isDown }) => slots.length > 0 && !isDown)
    const target = serving.find(({ port }) => port !== source.port)
    const sourceId = serving.find(({ port }) => port === source.port)?.id
    if (target === undefined || sourceId === undefined) throw new Error('there is no other master')
    const at = (port: number): Redis => clientOf(nodeAt(port))
    await at(target.port).cluster('SETSLOT', slot, 'IMPORTING', sourceId)
    await from.cluster('SETSLOT', slot, 'MIGRATING', target.id)
    return {
      async keys (count) {
        const keys = await from.cluster('GETKEYSINSLOT', slot, count)
        if (keys.length > 0) await from.call('MIGRATE', '127.0.0.1', target.port, '', 0, 5000, 'KEYS', ...keys)
        return keys.length
      },
      async end () {
        // The new master first: between the two, nobody must take the slot for lost.
        const others = serving.map(({ port }) => port).filter((port) => port !== target.port)
        for (const port of [target.port, ...others]) await at(port).cluster('SETSLOT', slot, 'NODE', target.id)
      }
    }
  }

  async function healthy (): Promise<void> {
    await until('every node serves and no replica lacks anything', async () => {
      const states = await Promise.allSettled(up().map(async (node) => {
        const client = clientOf(node)
        const [info, replication, known] = await Promise.all([client.cluster('INFO'), client.info('replication'), client.cluster('NODES')])
        return { serves: String(info).includes('cluster_state:ok'), replication, known: parseNodes(String(known)) }
      }))
      const [first, ...others] = states.map((state) => (state.status === 'fulfilled' && state.value.serves ? state.value : undefined))
      // Nodes hear of changes one after the other: only what all of them say is so.
      if (first === undefined || first.known.filter(({ isDown }) => !isDown).length !== up().length) return false
      if (!others.every((other) => other !== undefined && describe(other.known) === describe(first.known))) return false
      return [first, ...others].every((state) => state !== undefined && isInSync(state))
    })
  }

  try {
    await Promise.all(Array.from({ length: 2 * masters }, addNode))
    const [first, ...others] = nodes
    if (first === undefined) throw new Error('no nodes')
    // Epochs of their own: nodes that begin with the same one first have to settle who is right.
    await Promise.all(nodes.map((node, index) => clientOf(node).cluster('SET-CONFIG-EPOCH', index + 1)))
    await Promise.all(nodes.slice(0, masters).map((node, index) => clientOf(node).cluster(
      'ADDSLOTSRANGE', Math.ceil(index * (highestSlot + 1) / masters), Math.ceil((index + 1) * (highestSlot + 1) / masters) - 1)))
    const { busPort } = parseNodes(String(await clientOf(first).cluster('NODES')))[0] ?? {}
    if (busPort === undefined) throw new Error('the first node does not know itself')
    await Promise.all(others.map((node) => clientOf(node).call('CLUSTER', 'MEET', '127.0.0.1', first.port, busPort)))
    await until('all nodes know each other', async () => {
      const known = await Promise.all(nodes.map(async (node) => parseNodes(String(await clientOf(node).cluster('NODES')))))
      return known.every((list) => list.filter(({ isMet }) => isMet).length === nodes.length)
    })
    await Promise.all(nodes.slice(masters).map(async (node, index) => {
      const master = nodes[index]
      if (master !== undefined) await clientOf(node).cluster('REPLICATE', await idOf(master))
    }))
    await healthy()
  } catch (error) {
    await close()
    throw error
  }

  return {
    nodes,
    masterOf: async (key, hung) => (await ownersOf(key, hung)).master,
    replicasOf: async (key) => (await ownersOf(key)).replicas,
    startMove,
    async kill (node) {
      down.add(node)
      await node.kill()
    },
    async restart (node) {
      await node.restart()
      down.delete(node)
    },
    healthy,
    close
  }
}

/** Starts a Cluster of the test's own and ends it with the test. */
export async function redisCluster (t: Test, options?: { readonly args?: readonly string[] }): Promise<RedisCluster> {
  const cluster = await startRedisCluster(options)
  t.teardown(() => cluster.close())
  return cluster
}

/**
 * A client as a host would make it, closed with the test. It asks every second
 * who serves what: without that it would go on asking a master that hangs.
 */
export function clusterClient (t: Test, { nodes }: Pick<RedisCluster, 'nodes'>): Cluster {
  const cluster = new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })), { slotsRefreshInterval: 1000 })
  // Lost nodes are what these tests are about; ioredis prints them unless somebody listens.
  cluster.on('error', () => {})
  t.teardown(async () => {
    cluster.disconnect()
    // A refresh that was under way has ioredis 6 ask every second for ever, which keeps the process alive: wait for it to end.
    await new Promise<void>((resolve) => cluster.refreshSlotsCache(() => resolve()))
    cluster.disconnect()
  })
  return cluster
}

interface KnownNode {
  readonly id: string
  readonly port: number
  readonly busPort: number
  /** The one that says all this. */
  readonly isSelf: boolean
  /** Of a replica. */
  readonly masterId: string
  readonly isDown: boolean
  /** Whether the two have greeted each other. */
  readonly isMet: boolean
  readonly slots: ReadonlyArray<readonly [first: number, last: number]>
}

/** Reads what CLUSTER NODES says: `<id> <ip>:<port>@<bus port> <flags> <master> … <slot range>…`, a line each. */
function parseNodes (lines: string): KnownNode[] {
  return lines.trim().split('\n').map((line) => {
    const [id = '', address = '', flags = '', masterId = '', , , , , ...ranges] = line.split(' ')
    const [, port, busPort] = /:(\d+)@(\d+)/.exec(address) ?? []
    return {
      id,
      port: Number(port),
      busPort: Number(busPort),
      masterId,
      isSelf: flags.includes('myself'),
      isDown: flags.includes('fail'),
      isMet: !flags.includes('handshake'),
      // In brackets are slots that are on their way from or to another node.
      slots: ranges.filter((range) => !range.startsWith('[')).map((range) => {
        const [first, last = first] = range.split('-').map(Number)
        return [Number(first), Number(last)] as const
      })
    }
  })
}

/** Who serves what and who copies whom, in a form that can be compared. */
function describe (nodes: readonly KnownNode[]): string {
  return nodes.map(({ id, masterId, isDown, slots }) => `${id} ${masterId} ${isDown} ${slots.join()}`).sort().join('\n')
}

/** Whether a node is a replica with a link to its master, or a master whose replicas have all that it has. */
function isInSync ({ replication, known }: { readonly replication: string, readonly known: readonly KnownNode[] }): boolean {
  const self = known.find(({ isSelf }) => isSelf)
  if (self === undefined) return false
  if (self.masterId !== '-') return replication.includes('master_link_status:up')
  const offset = /^master_repl_offset:(\d+)/m.exec(replication)?.[1]
  const replicas = [...replication.matchAll(/^slave\d+:.*state=([a-z_]+),offset=(\d+)/gm)]
  return replicas.length === known.filter(({ masterId }) => masterId === self.id).length &&
    replicas.every(([, state, has]) => state === 'online' && has === offset)
}
