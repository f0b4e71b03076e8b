import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Redis } from 'ioredis'
import type { IntegrationStore, OutgoingIntegration } from '../../lib/index.ts'
import { Dispatcher } from '../../lib/outgoing/dispatcher.ts'
import { IndexKeeper } from '../../lib/outgoing/index/keeper.ts'
import { triggerOf } from '../../lib/outgoing/index/trigger.ts'
import { TriggerIndex } from '../../lib/outgoing/index/trigger-index.ts'
import { RedisStore } from '../../lib/redis.ts'
import type { EventData } from '../../schemas/events/data.ts'
import { callsOf } from '../support/calls.ts'
import { eachTurn } from '../support/each-turn.ts'
import { startRedis } from '../support/redis-server.ts'
import { storeWith } from '../support/store-with.ts'
import { populate, typicalOutgoing } from './population.ts'
import { median } from './turns.ts'

// What the host pays for `emit`: `npm run bench:emit`.

const sizes = { few: 1000, many: 100_000 }
const rounds = 15
const emitsOfRound = 5000
const creators = 1000

/** The best that is asked for; a ratio compares many integrations with few. */
const bars = { mean: 5, ratio: 1.5, bytes: 600, load: 5000, hold: 50, slice: 5, change: 6 }

type Make = (index: number) => OutgoingIntegration

const inRoom = (room: string | number): Partial<OutgoingIntegration> => ({ channel: [`#room-${room}`], channelIds: [`#room${room}`] })
const ownWords = (index: number): Partial<OutgoingIntegration> => ({ triggerWords: [`!deploy-${index}`, `!status-${index}`] })

/** Where the integrations are, and what they wait for. The message is always in the room 0. */
const populations: Readonly<Record<string, Make>> = {
  'a room for each': (index) => ({ ...typicalOutgoing(index, creators), ...inRoom(index) }),
  'all in one room': (index) => ({ ...typicalOutgoing(index, creators), ...inRoom(0), ...ownWords(index) }),
  'and words anywhere': (index) => ({ ...typicalOutgoing(index, creators), ...inRoom(0), ...ownWords(index), triggerWordAnywhere: true }),
  'all public rooms': (index) => ({ ...typicalOutgoing(index, creators), channel: ['all_public_channels'], channelIds: ['all_public_channels'], ...ownWords(index) })
}

const message: EventData['sendMessage'] = {
  room: { _id: 'room0', name: 'room-0', type: 'c' },
  user: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336', name: 'Gray Wolf' },
  message: { _id: 'm1', text: 'Has anybody seen the new figures of last week?', timestamp: new Date() }
}

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')

console.log(row('emit of a message that fits nothing', 'µs few', 'µs many', 'at most', 'ratio', 'at most'))
for (const [name, make] of Object.entries(populations)) {
  const times = { few: dispatcherOf(indexOf(sizes.few, make)), many: dispatcherOf(indexOf(sizes.many, make)) }
  const means = { few: Array<number>(), many: Array<number>() }
  for (let round = -2; round < rounds; round++) {
    // In turns, and neither always first: what slows the machine down slows both down.
    for (const size of round % 2 === 0 ? ['few', 'many'] as const : ['many', 'few'] as const) {
      const mean = await meanOf(times[size])
      if (round >= 0) means[size].push(mean)
    }
  }
  const [few, many] = [median(means.few), median(means.many)]
  const ratio = median(means.many.map((mean, round) => mean / (means.few[round] ?? NaN)))
  console.log(row(name, few.toFixed(2), many.toFixed(2), String(bars.mean), ratio.toFixed(2), String(bars.ratio)))
}

console.log()
console.log(row('memory of an integration, one channel, two words', 'bytes', 'at most'))
for (const [name, make] of Object.entries(populations)) console.log(row(name, bytesOf(make).toFixed(0), String(bars.bytes)))

function bytesOf (make: Make): number {
  const records = Array.from({ length: sizes.many }, (_, index) => JSON.stringify(make(index)))
  const before = usedMemory()
  const index = new TriggerIndex()
  for (const record of records) put(index, JSON.parse(record))
  const bytes = (usedMemory() - before) / index.size
  // The records were there before as well.
  if (records.length !== index.size) throw new Error('two records have the same _id')
  return bytes
}

console.log()
console.log(row('a change', 'µs few', 'µs many', 'ratio', 'at most'))
for (const [name, make] of Object.entries(populations)) {
  const indexes = { few: indexOf(sizes.few, make), many: indexOf(sizes.many, make) }
  const times = { few: Array<number>(), many: Array<number>() }
  const ids = { few: idsOf(sizes.few), many: idsOf(sizes.many) }
  for (let round = -2; round < rounds; round++) {
    for (const size of round % 2 === 0 ? ['few', 'many'] as const : ['many', 'few'] as const) {
      const changed = Array.from({ length: 1000 }, () => {
        const at = randomInt(sizes[size])
        return { ...make(at), _id: ids[size][at] ?? '' }
      })
      const begin = performance.now()
      for (const integration of changed) put(indexes[size], integration)
      if (round >= 0) times[size].push(performance.now() - begin)
    }
  }
  const ratio = median(times.many.map((time, round) => time / (times.few[round] ?? NaN)))
  console.log(row(name, median(times.few).toFixed(2), median(times.many).toFixed(2), ratio.toFixed(2), String(bars.change)))
}

console.log()
console.log(row('100,000 words to be found anywhere', 'ms in all', 'longest hold ms', 'at most'))
for (const [name, text, make] of [
  ['40,000 characters of prose', prose(40_000), (index: number) => `word-${index}`],
  // Each place of the text begins with the heads of all words, which have all lengths.
  ['40,000 times the same letter', 'a'.repeat(40_000), (index: number) => `${'a'.repeat(1 + index % 190)}-${index}`]
] as const) {
  const index = new TriggerIndex()
  for (let number = 0; number < 1000; number++) {
    const triggerWords = Array.from({ length: 100 }, (_, word) => make(number * 100 + word))
    put(index, { ...typicalOutgoing(number, creators), ...inRoom(0), triggerWordAnywhere: true, triggerWords })
  }
  const emit = dispatcherOf(index)
  const holds: Holds[] = []
  collect()
  for (let round = 0; round < rounds; round++) {
    holds.push(await holdsDuring(async () => { await emit({ ...message, message: { ...message.message, text } }) }))
  }
  const [elapsed, longest] = [median(holds.map((round) => round.elapsed)), median(holds.map((round) => round.longest))]
  console.log(row(name, elapsed.toFixed(0), longest.toFixed(1), String(bars.slice)))
}

console.log()
console.log(row(`load of ${sizes.many} from Redis`, 'ms in all', 'at most', 'longest hold', 'at most'))
const server = await startRedis()
const redis = new Redis(server.url)
await once(redis, 'ready')
try {
  const store = new RedisStore({ redis })
  await populate(store, sizes.many, (index) => ({ ...typicalOutgoing(index, creators), ...inRoom(index) }))
  for (const [name, loaded] of [['RedisStore', store], ['the same without follow', storeWith({}, store)]] as const) {
    collect()
    const keeper = keeperOf(loaded)
    const holds = await holdsDuring(async () => {
      keeper.start()
      while (keeper.index === undefined) await nextTurn()
    })
    if (keeper.index?.size !== sizes.many) throw new Error(`the index has ${keeper.index?.size} integrations`)
    console.log(row(name, holds.elapsed.toFixed(0), String(bars.load), holds.longest.toFixed(1), String(bars.hold)))
    await keeper.close()
  }
} finally {
  redis.disconnect()
  await server.close()
}

function collect (): void {
  if (typeof collectGarbage === 'function') collectGarbage()
}

function usedMemory (): number {
  collect()
  return process.memoryUsage().heapUsed
}

function put (index: TriggerIndex, integration: OutgoingIntegration): void {
  const trigger = triggerOf(integration)
  if (trigger !== undefined) index.put(trigger)
}

function indexOf (size: number, make: Make): TriggerIndex {
  const index = new TriggerIndex()
  const ids = idsOf(size)
  for (let at = 0; at < size; at++) put(index, { ...make(at), _id: ids[at] ?? '' })
  return index
}

function idsOf (size: number): string[] {
  return Array.from({ length: size }, (_, index) => `integration${String(index).padStart(6, '0')}`)
}

type EmitMessage = (data: EventData['sendMessage']) => Promise<void>

/** @returns a function that emits a message and makes sure that it fits nothing. */
function dispatcherOf (index: TriggerIndex): EmitMessage {
  const { emit } = new Dispatcher({
    index: { index, loaded: async () => index }, enqueue: () => {}, keyPrefix: 'bench', siteUrl: '', log: console, loggable: asError, onDropped: () => {}
  })
  return async (data) => {
    const { deliveries, dropped } = await emit('sendMessage', data)
    if (deliveries + dropped > 0) throw new Error(`${deliveries} deliveries, ${dropped} dropped`)
  }
}

/** Microseconds for each emit. */
async function meanOf (emit: EmitMessage): Promise<number> {
  const begin = performance.now()
  for (let count = 0; count < emitsOfRound; count++) await emit(message)
  return (performance.now() - begin) * 1000 / emitsOfRound
}

function keeperOf (store: IntegrationStore): IndexKeeper {
  return new IndexKeeper({
    store, newCalls: () => callsOf({ store }), rereadAfter: 10_000, log: console, loggable: asError, reportUnreadable: () => {}
  })
}

function asError (error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

interface Holds {
  /** Milliseconds. */
  readonly elapsed: number
  /**
   * The longest time in which nothing else had its turn, in milliseconds: by the
   * clock or by the processor time of this process, whichever is less. The
   * clock also counts other processes; the processor time also counts other threads.
   */
  readonly longest: number
}

async function holdsDuring (work: () => Promise<void>): Promise<Holds> {
  let longest = 0
  let last = times()
  const begin = last.clock
  const working = work()
  await eachTurn(working, () => {
    const now = times()
    longest = Math.max(longest, Math.min(now.clock - last.clock, now.processor - last.processor))
    last = now
  })
  await working
  const elapsed = performance.now() - begin
  return { elapsed, longest }
}

function times (): { clock: number, processor: number } {
  const { user, system } = process.cpuUsage()
  return { clock: performance.now(), processor: (user + system) / 1000 }
}

function prose (length: number): string {
  const words = 'the quick brown fox jumps over a lazy dog and waits for the word of the day while deploy and status go on'.split(' ')
  let text = ''
  while (text.length < length) text += `${words[randomInt(words.length)]} `
  return text.slice(0, length)
}

function row (title: string, ...cells: readonly string[]): string {
  return title.padEnd(52) + cells.map((cell) => cell.padStart(14)).join('')
}
