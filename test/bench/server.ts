import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from '../support/redis-server.ts'
import { answerParent } from '../support/child.ts'
import type { ServerQuestion } from './server-question.ts'
import { isTargetName, targets } from './targets/index.ts'

// The process of one target: `server.js <url of Redis> <name of the target>`.
const listening = listen(...process.argv.slice(2))

answerParent<ServerQuestion, number>(async (question) => {
  const port = await listening
  if (question === 'port') return port
  const { user, system } = process.cpuUsage()
  return user + system
})

async function listen (url: string = '', name: string = ''): Promise<number> {
  if (!isTargetName(name)) throw new Error(`there is no target '${name}'`)
  const redis = new Redis(url)
  await once(redis, 'ready')
  const port = await freePort()
  await targets[name].listen(redis, port)
  return port
}
