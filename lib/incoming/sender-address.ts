import { hash } from 'node:crypto'
import { isIPv6 } from 'node:net'

/** An IPv6 address has so many groups of 16 bits. */
const groupCount = 8

/** So many of them name the network of one customer. */
const networkGroups = 4

/** No address is longer. */
const longest = 64

/**
 * The address by which senders are told apart: an IPv4 address as it is, an
 * IPv6 address without its last 64 bits, since one customer has all of these.
 * At most 64 characters: behind a proxy, the text may be one that the sender made up.
 *
 * @param ip of the request; undefined when the server listens on a socket of the file system.
 */
export function senderAddress (ip: string | undefined = ''): string {
  // A zone names an interface of this machine.
  const [address = ''] = ip.split('%', 1)
  if (!isIPv6(address)) return ip.length > longest ? hash('sha256', ip, 'base64url') : ip
  const groups = groupsOf(address)
  return mappedAddress(groups) ?? `${groups.slice(0, networkGroups).map((group) => group.toString(16)).join(':')}::/64`
}

/** The eight groups of an IPv6 address as numbers. */
function groupsOf (address: string): number[] {
  const [before = [], after = []] = address.split('::').map((part) => part === '' ? [] : part.split(':').flatMap(numbersOf))
  // '::' stands for as many groups of zeros as are missing.
  return [...before, ...new Array<number>(groupCount - before.length - after.length).fill(0), ...after]
}

/** The number of a group; two numbers when the last groups are written as an IPv4 address. */
function numbersOf (group: string): number[] {
  if (!group.includes('.')) return [Number.parseInt(group, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

/** The IPv4 address that an IPv6 address stands for: `::ffff:192.0.2.1`. */
function mappedAddress (groups: readonly number[]): string | undefined {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:65535') return undefined
  return groups.slice(6).flatMap((group) => [group >> 8, group & 0xFF]).join('.')
}
