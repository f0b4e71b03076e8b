import { TypeCompiler } from '@sinclair/typebox/compiler'
import Fastify from 'fastify'
import { type Redis } from 'ioredis'
import { RedisStore } from '../../../lib/redis.ts'
import { type OutgoingInput, OutgoingInputSchema, type OutgoingIntegration } from '../../../schemas/index.ts'
import { keyOf, recordOf } from '../record.ts'
import { path } from '../request.ts'

const check = TypeCompiler.Compile(OutgoingInputSchema)

/** The least that a Fastify server can do: check the body, write the record with one SET. */
export async function bare (redis: Redis, port: number): Promise<void> {
  await serve(port, (record) => redis.set(keyOf(record), JSON.stringify(record)))
}

/** The same with the write of our store, which keeps all indexes too. */
export async function bareWithStore (redis: Redis, port: number): Promise<void> {
  const store = new RedisStore({ redis })
  const { signal } = new AbortController()
  await serve(port, (record) => store.insert(record, { signal }))
}

async function serve (port: number, write: (record: OutgoingIntegration) => Promise<unknown>): Promise<void> {
  const app = Fastify()
  app.post<{ Body: OutgoingInput }>(path, {
    schema: { body: OutgoingInputSchema },
    validatorCompiler: () => (body) => check.Check(body) ? { value: body } : { error: new Error('not a valid body') }
  }, async (request) => {
    const integration = recordOf(request.body)
    await write(integration)
    return { integration, success: true }
  })
  await app.listen({ host: '127.0.0.1', port })
}
