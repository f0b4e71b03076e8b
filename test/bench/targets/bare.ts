import { TypeCompiler } from '@sinclair/typebox/compiler'
import Fastify from 'fastify'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../../lib/redis.ts'
import { type OutgoingInput, OutgoingInputSchema, type OutgoingIntegration } from '../../../schemas/index.ts'
import { unchecked } from '../../support/unchecked.ts'
import { keyOf, recordOf } from '../record.ts'
import { path } from '../../support/request-bytes.ts'

const check = TypeCompiler.Compile(OutgoingInputSchema)

/** The least that a Fastify server can do: check the body, write the record with one SET. */
export async function bare (redis: Redis, port: number): Promise<void> {
  await serve(port, (record) => redis.set(keyOf(record), JSON.stringify(record)))
}

/** The same with the script of our store, sent as (a) sends its SET: it keeps all indexes too. */
export async function bareWithScript (redis: Redis, port: number): Promise<void> {
  const client: Pick<Redis, 'status' | 'evalsha' | 'eval'> = {
    status: 'ready',
    evalsha: redis.evalsha.bind(redis),
    eval: redis.eval.bind(redis)
  }
  // Without its socket, RedisStore cannot gather what it writes.
  await bareWithStore(unchecked(client), port)
}

/** The same with our store: what is left between this and ours are the rules of the route. */
export async function bareWithStore (redis: Redis, port: number): Promise<void> {
  const store = new RedisStore({ redis })
  const { signal } = new AbortController()
  await serve(port, (record) => store.insert(record, {}, { signal }))
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
