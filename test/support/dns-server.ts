import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Test } from 'tap'

/** A question to the name server. */
export interface DnsQuestion {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'other'
}

/** The addresses of a name; `'silence'`: no answer at all; null: there is no such name. */
export type DnsAnswer = readonly string[] | 'silence' | null

const types: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' }

/**
 * Starts a name server on a free loopback port and ends it with the test.
 *
 * @param answer IPv4 addresses answer questions of type A, IPv6 addresses in full (eight groups) those of type AAAA.
 * @returns its address, as `dns.setServers` takes it.
 */
export async function startDnsServer (t: Test, answer: (question: DnsQuestion) => DnsAnswer): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (message, { port, address }) => {
    let at = 12
    const labels: string[] = []
    for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
      labels.push(message.toString('latin1', at + 1, at + 1 + length))
      at += length + 1
    }
    const question = message.subarray(12, at + 5)
    const type = types[message.readUInt16BE(at + 1)] ?? 'other'
    const given = answer({ name: labels.join('.').toLowerCase(), type })
    if (given === 'silence') return
    const records = (given ?? []).map(bytesOf).filter((bytes) => type !== 'other' && bytes.length === (type === 'A' ? 4 : 16))
    const header = Buffer.alloc(12)
    message.copy(header, 0, 0, 2)
    header.writeUInt16BE(given === null ? 0x8183 : 0x8180, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    const answers = records.map((bytes) => Buffer.concat([
      Buffer.from([0xC0, 12, 0, bytes.length === 4 ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, bytes.length]), bytes
    ]))
    socket.send(Buffer.concat([header, question, ...answers]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(async () => { await new Promise<void>((resolve) => { socket.close(() => { resolve() }) }) })
  return `127.0.0.1:${socket.address().port}`
}

function bytesOf (address: string): Buffer {
  return address.includes(':')
    ? Buffer.from(address.split(':').map((group) => group.padStart(4, '0')).join(''), 'hex')
    : Buffer.from(address.split('.').map(Number))
}
