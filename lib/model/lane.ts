import { hash } from 'node:crypto'

/** The lane of the deliveries to one URL of one integration, for `lane` of a job. An URL may hold credentials: the lane tells nothing of it. */
export function laneOf (integrationId: string, url: string): string {
  return hash('sha256', `${integrationId}\n${url}`, 'base64url').slice(0, 22)
}
