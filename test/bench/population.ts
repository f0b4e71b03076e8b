import { newIncomingToken, newIntegrationId, newOutgoingToken } from '../../lib/model/identifiers.ts'
import type { IncomingIntegration, Integration, IntegrationStore, OutgoingIntegration } from '../../lib/index.ts'
import { patient } from '../support/integrations.ts'

/** Inserts under way at the same time. */
const atOnce = 500

/** Fills a store; `make` is asked for each integration in turn. */
export async function populate (store: IntegrationStore, count: number, make: (index: number) => Integration): Promise<void> {
  for (let start = 0; start < count; start += atOnce) {
    const length = Math.min(atOnce, count - start)
    await Promise.all(Array.from({ length }, (_, index) => store.insert(make(start + index), {}, patient)))
  }
}

/** What people set when they connect a service: a name, trigger words, a look, retries. Each calls a URL of its own. */
export function typicalOutgoing (index: number, creators: number): OutgoingIntegration {
  return {
    ...common(index, creators),
    type: 'webhook-outgoing',
    event: 'sendMessage',
    urls: [`https://hooks.example.com/services/${index.toString(36).padStart(6, '0')}`],
    triggerWords: ['!deploy', '!status'],
    retryFailedCalls: true,
    retryCount: 4,
    retryDelay: 'powers-of-ten',
    token: newOutgoingToken()
  }
}

/** The same for one that others post to. */
export function typicalIncoming (index: number, creators: number): IncomingIntegration {
  return {
    ...common(index, creators),
    type: 'webhook-incoming',
    overrideDestinationChannelEnabled: false,
    token: newIncomingToken()
  }
}

function common (index: number, creators: number): Omit<IncomingIntegration, 'type' | 'token' | 'overrideDestinationChannelEnabled'> {
  // One a minute.
  const time = new Date(Date.UTC(2020, 0) + index * 60_000).toISOString()
  const creator = index % creators
  return {
    _id: newIntegrationId(),
    // Names repeat, and their order has nothing to do with the order of creation.
    name: `Deployments of ${words[(index * 7) % words.length]} ${(index * 31) % 5000}`,
    enabled: true,
    username: 'rocket.cat',
    userId: 'rocket.cat',
    channel: ['#general'],
    channelIds: ['#9HqLlyZOugoStsXCU'],
    scriptEnabled: false,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    alias: 'Deployments',
    emoji: ':rocket:',
    _createdAt: time,
    _createdBy: { _id: `creator${String(creator).padStart(10, '0')}`, username: `creator.${creator}` },
    _updatedAt: time
  }
}

const words = ['search', 'Billing', 'the website', 'mail', 'API', 'Éclair', 'monitoring']
