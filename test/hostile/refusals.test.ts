import { test } from 'tap'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { members } from '../support/workspace.ts'
import { documented } from './support/documented.ts'
import { startServer } from './support/server.ts'

// A caller without any permission must not keep the others waiting: the biggest
// bodies that a server reads are refused in a few milliseconds. The test counts
// time of the processor, which a busy machine hardly changes. A body that is
// looked at entry by entry takes 200 ms and more.

const times = 20
const mostMilliseconds = 100

/** A little less than the usual limit of a body. */
const size = 250_000

const texts = (text: string): string[] => Array.from({ length: Math.floor(size / (text.length + 3)) }, () => text)
/** Each a host that takes the URL parser long, because all its letters differ. */
const hosts = (length: number): string[] => Array.from({ length: Math.floor(size / (3 * length + 20)) }, (_, url) =>
  `http://${Array.from({ length }, (_, index) => String.fromCodePoint(0x4e00 + url + index * 7)).join('')}/`)
const manyFields = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`x${index}`, 1]))

const bodies: Readonly<Record<string, object>> = {
  'broken URLs': { ...outgoingBody, urls: texts('http://[') },
  'URLs that are none': { ...outgoingBody, urls: texts('x') },
  'as many broken URLs as are looked at': { ...outgoingBody, urls: texts('http://[').slice(0, 100) },
  'twenty broken URLs': { ...outgoingBody, urls: hosts(2000).map((url) => `${url}:`).slice(0, 20) },
  'URLs with long hosts': { ...outgoingBody, urls: hosts(2000) },
  'URLs with the longest hosts': { ...outgoingBody, urls: hosts(250) },
  'URLs that are good': { ...outgoingBody, urls: Array.from({ length: 8000 }, (_, index) => `http://a.example/${index}`) },
  'trigger words in a text': { ...outgoingBody, triggerWords: 'a,'.repeat(size / 2) },
  'different trigger words in a text': { ...outgoingBody, triggerWords: Array.from({ length: 40_000 }, (_, index) => index).join() },
  'trigger words in an array': { ...outgoingBody, triggerWords: texts('a') },
  'channels in a text': { ...incomingBody, channel: ','.repeat(size) },
  'different channels in a text': { ...incomingBody, channel: Array.from({ length: 40_000 }, (_, index) => index).join() },
  'channels in an array': { ...incomingBody, channel: texts('#a') },
  'as many channels as are looked at': { ...incomingBody, channel: Array.from({ length: 1000 }, (_, index) => `#${String(index).padEnd(240)}`) },
  'unknown fields': { ...incomingBody, ...manyFields },
  'unknown fields, and texts for booleans': { ...incomingBody, ...manyFields, enabled: 'true', scriptEnabled: 'false' },
  'a long name': { ...incomingBody, name: ' '.repeat(size) },
  'a long name with control characters': { ...incomingBody, name: '\t'.repeat(size / 2) },
  'a long username': { ...incomingBody, username: 'x'.repeat(size) },
  'a long event': { ...outgoingBody, event: 'x'.repeat(size) },
  'a long script': { ...incomingBody, script: 'x'.repeat(size) },
  'a long script with a control character': { ...incomingBody, script: `${'x'.repeat(size)}\0` },
  'a long avatar': { ...incomingBody, avatar: 'http://a.example/'.padEnd(size, 'x') },
  'an avatar with a long host': { ...incomingBody, avatar: hosts(2000)[0] },
  'a long name of a field': { ...incomingBody, ['n'.repeat(size)]: 1 }
}

test('nothing that is refused takes long', async (t) => {
  const server = await startServer(t, Object.values(members))
  for (const [name, body] of Object.entries(bodies)) {
    for (const [endpoint, fields] of [['create', {}], ['update', { integrationId: 'x' }]] as const) {
      const content = JSON.stringify({ ...body, ...fields })
      t.ok(Buffer.byteLength(content) < 262_144, `${name}: a body that is read`)
      const answer = await server.send(members.guest, endpoint, content)
      documented(endpoint, answer)
      t.equal(answer.status, 400, `${name}: ${answer.text}`)
      t.ok(answer.text.length < 3000, 'the list of mistakes is bounded')
      const before = process.cpuUsage()
      for (let i = 0; i < times; i++) await server.send(members.guest, endpoint, content)
      const { user, system } = process.cpuUsage(before)
      const took = (user + system) / 1000 / times
      t.ok(took < mostMilliseconds, `${name}, ${endpoint}: ${took.toFixed(1)} ms each`)
    }
  }
})
