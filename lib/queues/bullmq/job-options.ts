import type { JobsOptions } from 'bullmq'

/**
 * The options of every job in BullMQ. The number of attempts and their times
 * are those of the delivery. BullMQ only repeats a job whose handler failed, and
 * never gives a job up.
 */
export const jobOptions = {
  attempts: 1_000_000_000,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: true,
  // Otherwise a job grows with each failure of its handler.
  stackTraceLimit: 1
} as const satisfies JobsOptions
