import { type Static, Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { EventNameSchema } from '../../../schemas/index.ts'
import type { Job, QueuedJob } from '../../ports/queue.ts'

const text = Type.String()

/** What a delivery reads of a job. A queue on a server that others share may give back anything. */
const JobSchema = Type.Object({
  v: Type.Literal(1),
  keyPrefix: text,
  id: Type.String({ minLength: 1 }),
  lane: text,
  integrationId: Type.String({ minLength: 1 }),
  url: text,
  event: EventNameSchema,
  user: Type.Object({ _id: text, username: text }),
  room: Type.Optional(Type.Object({ _id: text, type: text })),
  payload: Type.Record(text, Type.Unknown()),
  createdAt: text,
  attempts: Type.Integer({ minimum: 0 }),
  failures: Type.Optional(Type.Integer({ minimum: 0 })),
  announced: Type.Optional(Type.Literal(true)),
  reply: Type.Optional(Type.Object({ text, byScript: Type.Optional(Type.Literal(true)), attempt: Type.Integer({ minimum: 1 }), failures: Type.Integer({ minimum: 0 }) }))
})

/** Made by the first delivery: a server without outgoing webhooks pays nothing. */
let check: TypeCheck<typeof JobSchema> | undefined

/** The job of a queue, as far as deliveries read it; undefined for one that is damaged. */
export function readJob (queued: QueuedJob): Job | undefined {
  check ??= TypeCompiler.Compile(JobSchema)
  return check.Check(queued) && !Number.isNaN(Date.parse(queued.createdAt)) ? queued satisfies Static<typeof JobSchema> : undefined
}
