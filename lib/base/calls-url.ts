import type { Integration } from '../../schemas/index.ts'

/** Whether an integration is an outgoing webhook that calls this URL. */
export function callsUrl (integration: Integration, url: string): boolean {
  return integration.type === 'webhook-outgoing' && integration.urls.includes(url)
}
