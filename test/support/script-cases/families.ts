import { bots } from './bots.ts'
import { builds } from './builds.ts'
import { forges } from './forges.ts'
import { monitoring } from './monitoring.ts'
import { results } from './results.ts'
import { trackers } from './trackers.ts'

/** Scripts of incoming webhooks, by the kind of their senders. */
export const incomingFamilies = { forges, trackers, builds, monitoring, bots, results }
