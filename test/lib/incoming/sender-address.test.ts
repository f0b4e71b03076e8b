import fc from 'fast-check'
import { test } from 'tap'
import { senderAddress } from '../../../lib/incoming/sender-address.ts'
import { unchecked } from '../../support/unchecked.ts'

test('an IPv4 address is told apart as a whole, however it is written', async (t) => {
  t.equal(senderAddress('192.0.2.1'), '192.0.2.1')
  for (const mapped of ['::ffff:192.0.2.1', '::FFFF:192.0.2.1', '::ffff:c000:201', '0:0:0:0:0:ffff:c000:0201', '::ffff:192.0.2.1%eth0']) {
    t.equal(senderAddress(mapped), '192.0.2.1', mapped)
  }
  t.not(senderAddress('::ffff:192.0.2.2'), senderAddress('::ffff:192.0.2.1'))
})

test('an IPv6 address is told apart by its first 64 bits', async (t) => {
  for (const [address, network] of [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:0:0:0:1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.1', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80:0:0:0:1::%3', 'fe80:0:0:0::/64']
  ] as const) t.equal(senderAddress(address), network, address)
})

test('what is no address is told apart as it is, and takes little memory', async (t) => {
  for (const text of ['unknown', '', '192.0.2.1:8080', '[2001:db8::1]:80', '999.1.1.1']) t.equal(senderAddress(text), text)
  t.equal(senderAddress(unchecked(undefined)), '', 'a server on a socket of the file system knows no address')
  const long = senderAddress('x'.repeat(10_000))
  t.ok(long.length <= 64)
  t.not(long, senderAddress(`${'x'.repeat(9_999)}y`), 'long texts stay different')
})

const group = fc.integer({ min: 0, max: 0xFFFF })

test('all spellings of an IPv6 address are one network', (t) => {
  fc.assert(fc.property(fc.tuple(group, group, group, group), fc.tuple(group, group, group, group), fc.boolean(), ([a, b, c, d], host, upper) => {
    const network = [a, b, c, d].map((number) => number.toString(16)).join(':')
    const last = host.map((number) => number.toString(16)).join(':')
    const long = [a, b, c, d, ...host].map((number) => number.toString(16).padStart(4, '0')).join(':')
    // Those with zeros in front may be mapped IPv4 addresses.
    fc.pre(a !== 0)
    const expected = `${network}::/64`
    const spell = (text: string): string => upper ? text.toUpperCase() : text
    return senderAddress(spell(`${network}:${last}`)) === expected && senderAddress(spell(long)) === expected && senderAddress(spell(`${network}::`)) === expected
  }))
  t.end()
})
