import { isIPv6 } from 'node:net'

/** An IPv6 address has so many groups of 16 bits. */
const groups = 8

/** So many of them name the network of one customer. */
const networkGroups = 4

/**
 * The address by which senders are told apart: an IPv4 address as it is, an
 * IPv6 address without its last 64 bits, since one customer has all of these.
 */
export function senderAddress (ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  // A zone names an interface of this machine.
  const [address = ''] = ip.split('%', 1)
  if (!isIPv6(address)) return ip
  const [head = '', tail] = address.toLowerCase().split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  // '::' stands for as many groups of zeros as are missing.
  const zeros = Array.from({ length: tail === undefined ? 0 : groups - before.length - after.length }, () => '0')
  return `${[...before, ...zeros, ...after].slice(0, networkGroups).join(':')}::/64`
}

function groupsOf (text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''))
}
