/** The name of the queue in BullMQ. */
export const queueName = 'deliveries'

/**
 * The only place where keys are built. Every key begins with the workspace in
 * braces, as those of the store do: a Redis Cluster keeps all of them in one slot.
 */
export class QueueKeys {
  /** What BullMQ writes in front of the name of the queue. */
  readonly prefix: string
  /** What BullMQ writes in front of the id of a job. */
  readonly jobPrefix: string

  /**
   * @param keyPrefix the name of the workspace, without braces.
   * @param clientPrefix what the client of the host writes in front of every key.
   */
  constructor (keyPrefix: string, clientPrefix: string) {
    this.prefix = `${clientPrefix}{${keyPrefix}}`
    this.jobPrefix = `${this.prefix}:${queueName}:`
  }

  /** The name of the connection that waits for jobs. By this name, dashboards know which processes work. */
  get workerName (): string {
    return `${this.prefix}:${Buffer.from(queueName).toString('base64')}`
  }

  /** Sorted set: the ids of the jobs of a lane; the score is the time when the job was added. Expires. */
  lane (lane: string): string {
    return `${this.prefix}:delivery-lane:${lane}`
  }
}
