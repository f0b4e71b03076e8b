import { randomInt } from 'node:crypto'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { endWithThisProcess } from './watchdog.ts'

/** A redis-server process of the test's own, on a free loopback port. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Stops it at once, as a crash would. */
  kill (): Promise<void>
  /** Starts it again on the same port with what it has on disk. */
  restart (): Promise<void>
  /** SIGSTOP: connections stay open, nothing is answered. */
  pause (): void
  /** SIGCONT. */
  resume (): void
  /** Ends it and removes its files. */
  close (): Promise<void>
}

export interface RedisServerOptions {
  /** `always`: every acknowledged write is on disk. Default: nothing is written to disk. */
  readonly appendfsync?: 'always'
  readonly args?: readonly string[]
}

/** Ports that the system gives to no connection of its own: a server that is started again finds its port free. */
const ports = { first: 10_240, last: 32_767 }

/** A port that nobody listens on at this moment. */
export async function freePort (): Promise<number> {
  for (;;) {
    const port = randomInt(ports.first, ports.last + 1)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Starts a redis-server and waits until it answers. */
export async function startRedis ({ appendfsync, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'redis-'))
  let child: ChildProcess | undefined

  async function start (): Promise<void> {
    child = spawn('redis-server', [
      '--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '',
      ...(appendfsync === undefined ? [] : ['--appendonly', 'yes', '--appendfsync', appendfsync]),
      ...args
    ], { stdio: 'ignore' })
    endWithThisProcess(child)
    const failed = once(child, 'error').then(([error]) => { throw error })
    failed.catch(() => {})
    await Promise.race([answers(port), failed])
  }

  async function end (signal: NodeJS.Signals): Promise<void> {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = once(ending, 'exit')
    // A paused process takes no other signal than these two.
    ending.kill(signal)
    ending.kill('SIGCONT')
    await ended
  }

  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    restart: start,
    pause: () => { child?.kill('SIGSTOP') },
    resume: () => { child?.kill('SIGCONT') },
    async close () {
      await end('SIGKILL')
      await rm(dir, { recursive: true, force: true })
    }
  }
}

async function answers (port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null, disconnectTimeout: 50 })
    redis.on('error', () => {})
    try {
      await redis.connect()
      await redis.ping()
      return
    } catch {
      await sleep(50)
    } finally {
      redis.disconnect()
    }
  }
  throw new Error('redis-server did not answer')
}
