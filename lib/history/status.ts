import { type HistoryEntry, historyLimits } from '../../schemas/history.ts'
import type { Integration, IntegrationStatus } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { Calls } from '../guard/calls.ts'
import { history } from '../guard/tables/history.ts'
import { grantsOf } from '../model/access.ts'
import { findVisible, type Visible } from '../model/find.ts'
import { laneOf } from '../model/lane.ts'
import type { User } from '../ports/auth.ts'
import type { Deliveries } from './deliveries.ts'
import { isOfScript, withoutBodiesOfOtherRooms } from './rooms.ts'

/** Steps of deliveries that the integration did not want. They tell nothing of a receiver. */
const unwanted: ReadonlySet<string> = new Set(['integration-disabled', 'url-removed'])

/**
 * Tells whether an integration works: its record, the pauses of its receivers in
 * this process, and the newest 100 entries of its history.
 *
 * @param deliveries null on a server without outgoing webhooks.
 * @throws IntegrationError `not-authorized` or `error-integration-does-not-exist`.
 */
export async function statusOf (
  calls: Calls, caller: User, integrationId: string, deliveries: Deliveries | null
): Promise<IntegrationStatus> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw new IntegrationError('not-authorized')
  const found = await findVisible(calls, caller, grants, integrationId)
  if (found === null) throw new IntegrationError('error-integration-does-not-exist')
  const { integration } = found
  const { entries } = await calls.ask(history.list, integration._id, { offset: 0, count: historyLimits.page })
  const lanes = lanesOf(integration)
  const told = entries.filter(({ step, lane }) => !unwanted.has(step) && (lanes === undefined || (lane !== undefined && lanes.has(lane))))
  const lastSuccessAt = told.find(isSuccess)?._updatedAt
  const lastFailureAt = told.find(isFailure)?._updatedAt
  const state = disabled(integration) ?? paused(lanes, deliveries)
  const failure = state === undefined ? failing(told) : undefined
  return {
    ...(state ?? await stateOf(calls, caller, found, failure) ?? well(integration, told)),
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(lastFailureAt !== undefined && { lastFailureAt })
  }
}

type State = Pick<IntegrationStatus, 'state' | 'since' | 'reason'>

function disabled (integration: Integration): State | undefined {
  if (integration.enabled) return undefined
  const { at, reason } = (integration.type === 'webhook-outgoing' ? integration.switchedOff : undefined) ?? {}
  return { state: 'disabled', since: at ?? integration._updatedAt, ...(reason !== undefined && { reason }) }
}

/** Whether deliveries to one of the URLs wait. The longest pause counts. */
function paused (lanes: ReadonlySet<string> | undefined, deliveries: Deliveries | null): State | undefined {
  if (lanes === undefined || deliveries === null) return undefined
  const pauses = [...lanes].flatMap((lane) => deliveries.pausedSince(lane) ?? [])
  if (pauses.length === 0) return undefined
  return {
    state: 'paused',
    since: new Date(Math.min(...pauses)).toISOString(),
    reason: lanes.size === 1
      ? 'deliveries wait, because the receiver fails'
      : `deliveries to ${pauses.length} of ${lanes.size} URLs wait, because the receivers fail`
  }
}

/** A receiver, or the integration itself, that fails. */
interface Failure {
  readonly since: string
  /** The newest entry that tells of it. */
  readonly entry: HistoryEntry | undefined
}

/** Whether the newest call, or the newest delivery to one of the URLs, has failed. Receivers are judged one by one. */
function failing (entries: readonly HistoryEntry[]): Failure | undefined {
  const ofLanes = new Map<string, HistoryEntry[]>()
  for (const entry of entries) {
    const { lane = '' } = entry
    const ofLane = ofLanes.get(lane)
    if (ofLane === undefined) ofLanes.set(lane, [entry])
    else ofLane.push(entry)
  }
  const failures = [...ofLanes.values()].map((ofLane) => newestWhile(isFailure, ofLane)).filter(({ length }) => length > 0)
  const [since] = failures.flatMap((ofLane) => ofLane.slice(-1).map(({ _updatedAt }) => _updatedAt)).sort()
  if (since === undefined) return undefined
  return { since, entry: entries.find((entry) => failures.some(([newest]) => newest === entry)) }
}

/** The reason is told as far as the caller may see the entry. */
async function stateOf (calls: Calls, caller: User, { grant }: Visible, failure: Failure | undefined): Promise<State | undefined> {
  if (failure === undefined) return undefined
  const { since, entry } = failure
  const [shown] = entry === undefined || grant === 'full' || !isOfScript(entry) ? [entry] : await withoutBodiesOfOtherRooms(calls, caller, [entry])
  return { state: 'failing', since, ...(shown?.error !== undefined && { reason: shown.error }) }
}

/** Nothing fails: since the last failure, as far as the history remembers. */
function well (integration: Integration, entries: readonly HistoryEntry[]): State {
  const [oldest] = newestWhile((entry) => !isFailure(entry), entries).slice(-1)
  return { state: 'ok', since: oldest?._updatedAt ?? integration._updatedAt }
}

/** The newest entries, up to the first one that is different. */
function newestWhile (isSuch: (entry: HistoryEntry) => boolean, entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const end = entries.findIndex((entry) => !isSuch(entry))
  return end === -1 ? entries : entries.slice(0, end)
}

function isFailure ({ error }: HistoryEntry): boolean {
  return error !== undefined
}

function isSuccess ({ error, finished }: HistoryEntry): boolean {
  return error === undefined && finished === true
}

/** The lanes of the URLs of now; undefined for an integration that calls none. */
function lanesOf (integration: Integration): ReadonlySet<string> | undefined {
  return integration.type === 'webhook-outgoing' ? new Set(integration.urls.map((url) => laneOf(integration._id, url))) : undefined
}
