import ipaddr from 'ipaddr.js'
import { type AllowedNetwork, type AllowList, networkOf, opensPort } from './allow-list.ts'

/** An address, as the guard reads it. */
type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * Addresses where clouds and networks keep their own services. Only an entry
 * that lies within one of these networks opens them: no wider entry, and no name.
 */
const guarded: readonly AllowedNetwork[] = [
  '169.254.0.0/16', 'fe80::/10',
  // The metadata services that are not link-local: AWS, Google, Alibaba, Oracle, Azure.
  'fd00:ec2::/32', 'fd20:ce::254/128', '100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32'
].map((cidr) => networkOf(...ipaddr.parseCIDR(cidr)))

/** The ranges that the name of a host may lead to when the name is allowed. */
const openedByName: ReadonlySet<string> = new Set(['unicast', 'private', 'loopback', 'uniqueLocal', 'carrierGradeNat'])

/** The IPv6 addresses that are given out: all other ones are no addresses of receivers. */
const global: AllowedNetwork = networkOf(...ipaddr.parseCIDR('2000::/3'))

/** Decides which addresses may be connected to. */
export class AddressGuard {
  readonly #allow: AllowList

  constructor (allow: AllowList) {
    this.#allow = allow
  }

  /** Whether an entry of the list names this host and port. */
  opensName (host: string, port: number): boolean {
    return this.#allow.hosts.some((entry) => entry.host === host && opensPort(entry.ports, port))
  }

  /**
   * Whether a socket may be connected to this address.
   *
   * @param text an address as sockets and name servers write it.
   * @param host the host of the URL, in lower case, without a trailing dot.
   * @param mayUseAllowed whether the entries of the list apply.
   */
  permits (text: string, host: string, port: number, mayUseAllowed: boolean): boolean {
    // A zone names an interface of this machine, and says nothing about the address.
    const [plain = ''] = text.split('%', 1)
    if (!ipaddr.isValid(plain)) return false
    return this.#permits(ipaddr.process(plain), host, port, mayUseAllowed)
  }

  #permits (address: Address, host: string, port: number, mayUseAllowed: boolean): boolean {
    const within = guarded.find((network) => network.holds(address))
    if (within === undefined && isPublic(address)) return true
    if (!mayUseAllowed) return false
    const opened = this.#allow.networks.some((network) =>
      network.holds(address) && opensPort(network.ports, port) && (within === undefined || within.includes(network)))
    // Such an address leads to the IPv4 address inside it, which has to be open as well.
    if (opened) {
      const inner = embedded(address)
      return inner === undefined || this.#permits(inner, host, port, mayUseAllowed)
    }
    return within === undefined && openedByName.has(address.range()) && isOrdinary(address) && this.opensName(host, port)
  }
}

function isPublic (address: Address): boolean {
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || global.holds(address))
}

/** Not one of the deprecated forms that hold an IPv4 address, and that are in no range of their own. */
function isOrdinary (address: Address): boolean {
  return address.range() !== 'unicast' || isPublic(address)
}

/** The IPv4 address that a gateway (NAT64, 6to4) takes out of an IPv6 address. */
function embedded (address: Address): ipaddr.IPv4 | undefined {
  if (address.kind() !== 'ipv6') return undefined
  const bytes = address.toByteArray()
  if (address.range() === 'rfc6052') return new ipaddr.IPv4(bytes.slice(12))
  if (address.range() === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6))
  return undefined
}
