import { forges } from './forges.ts'

/** Scripts of incoming webhooks, by the kind of their senders. */
export const incomingFamilies = { forges }
