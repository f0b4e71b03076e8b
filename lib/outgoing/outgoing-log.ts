/** How outgoing webhooks report what went wrong; as `fastify.log`. */
export interface OutgoingLog {
  warn (facts: object, message: string): void
}
