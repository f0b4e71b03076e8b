import { incomingRecord } from '../../support/integrations.ts'
import { hookRecord } from '../../support/ports.ts'
import type { IncomingIntegration } from '../../../schemas/index.ts'
import { attacks } from './hostile-scripts.ts'

/** The questions that the server of the hostile scripts answers. */
export type ScriptQuestion = 'port' | 'state'

/** The state of that server since the last question. */
export interface ScriptState {
  /** 99 % of the delays of the event loop were no longer, in milliseconds. */
  readonly delay: number
  /** Bytes of memory of the process. */
  readonly rss: number
  /** Rejections that nobody handled, and warnings. */
  readonly complaints: readonly string[]
}

function scripted (_id: string, body: string): IncomingIntegration {
  const { userId, username, _createdBy } = hookRecord()
  return incomingRecord({ _id, userId, username, _createdBy, scriptEnabled: true, script: `class Script {\n  process_incoming_request ({ request }) {\n    ${body}\n  }\n}` })
}

/** An integration of the usual kind. */
export const fair = scripted('fair', `
    const { alerts } = request.content
    const fields = alerts.map(({ labels, status }) => ({ title: labels.alertname, value: status.toUpperCase(), short: true }))
    return { content: { text: alerts.length + ' alerts', attachments: [{ color: '#f00', fields }] } }`)

/** The payload for the usual integration. */
export const alerts = JSON.stringify({ alerts: Array.from({ length: 5 }, (_, number) => ({ status: 'firing', labels: { alertname: `disk ${number}` } })) })

/** Scripts that take all the time or more memory than there is, each of an integration of its own. Each does no harm while it is sent `harmless`. */
export const hostile = attacks.filter(([, ...ends]) => ends.includes('late') || ends.includes('memory')).slice(0, 60).map(([body], number) =>
  scripted(`hostile${number}`, `if (request.content.harmless) return { content: { text: 'harmless' } };\n    ${body}`))
