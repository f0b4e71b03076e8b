import { once } from 'node:events'
import { Ajv } from 'ajv'
import express from 'express'
import type { Redis } from 'ioredis'
import { type OutgoingInput, OutgoingInputSchema } from '../../../schemas/index.ts'
import { keyOf, recordOf } from '../record.ts'
import { path } from '../../support/request-bytes.ts'

const isInput = new Ajv().compile<OutgoingInput>(OutgoingInputSchema)

/** What many would write without Fastify: Express as it comes, Ajv, one SET. */
export async function expressWithAjv (redis: Redis, port: number): Promise<void> {
  const app = express()
  app.post(path, express.json(), async ({ body }: { body: unknown }, response) => {
    if (!isInput(body)) {
      response.status(400).json({ success: false, error: 'not a valid body' })
      return
    }
    const integration = recordOf(body)
    await redis.set(keyOf(integration), JSON.stringify(integration))
    response.json({ integration, success: true })
  })
  await once(app.listen(port, '127.0.0.1'), 'listening')
}
