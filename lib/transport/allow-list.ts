import ipaddr from 'ipaddr.js'
import { InvalidOptionError } from '../errors/index.ts'

/** The option that holds the list. */
const option = 'outgoing.allow'

/** The ports that an entry opens: one, all, or the two of the web. */
type Ports = number | 'all' | 'web'

/** A network of addresses. */
export interface AllowedNetwork {
  readonly ports: Ports
  /** Whether an address lies within. */
  holds (address: ipaddr.IPv4 | ipaddr.IPv6): boolean
  /** Whether another network lies wholly within. */
  includes (other: AllowedNetwork): boolean
  readonly base: ipaddr.IPv4 | ipaddr.IPv6
  readonly bits: number
}

/** The entries of `outgoing.allow`, read. */
export interface AllowList {
  readonly hosts: ReadonlyArray<{ readonly host: string, readonly ports: Ports }>
  readonly networks: readonly AllowedNetwork[]
}

/** A network of addresses. */
export function networkOf (base: ipaddr.IPv4 | ipaddr.IPv6, bits: number, ports: Ports = 'all'): AllowedNetwork {
  const network: AllowedNetwork = {
    ports,
    base,
    bits,
    holds: (address) => address.kind() === base.kind() && address.match(base, bits),
    includes: (other) => other.bits >= bits && network.holds(other.base)
  }
  return network
}

/** Whether an entry opens a port. */
export function opensPort (ports: Ports, port: number): boolean {
  return ports === 'all' || (ports === 'web' ? port === 80 || port === 443 : ports === port)
}

/**
 * Reads the entries of `outgoing.allow`: host names, addresses and networks,
 * each with a port, with `:*`, or with neither, which means 80 and 443.
 *
 * @throws InvalidOptionError that names the entry.
 */
export function readAllowList (given: unknown = []): AllowList {
  if (!Array.isArray(given)) throw new InvalidOptionError(option, "must be an array of hosts and networks: ['10.1.0.0/16:*', 'jenkins.local']")
  const hosts: Array<{ host: string, ports: Ports }> = []
  const networks: AllowedNetwork[] = []
  for (const entry of given as readonly unknown[]) {
    if (typeof entry !== 'string') throw new InvalidOptionError(option, `must hold texts only, not ${entry === null ? 'null' : `a value of type ${typeof entry}`}`)
    const read = readEntry(entry)
    if ('host' in read) hosts.push(read)
    else networks.push(read)
  }
  return { hosts, networks }
}

function readEntry (entry: string): AllowedNetwork | { host: string, ports: Ports } {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(entry)) throw wrong(entry, 'an entry has no scheme')
  const [, network, portOfNetwork] = /^([^/]*\/\d{1,3})(?::([^:]*))?$/.exec(entry) ?? []
  if (network !== undefined) return readNetwork(entry, network, portsOf(entry, portOfNetwork))
  if (/[/\s?#@\\%]/.test(entry)) throw wrong(entry, 'an entry is a host or a network, with a port at most')
  const [, bracketed, portOfBracketed] = /^\[([^\]]*)\](?::(.*))?$/.exec(entry) ?? []
  if (bracketed !== undefined) return readAddress(entry, bracketed, portsOf(entry, portOfBracketed))
  const [host = '', port, ...more] = entry.split(':')
  if (more.length > 0) throw wrong(entry, 'an IPv6 address stands in brackets, also before a port')
  const ports = portsOf(entry, port)
  const canonical = canonicalHost(entry, host)
  return ipaddr.isValid(canonical) ? readAddress(entry, host, ports) : { host: canonical, ports }
}

function readNetwork (entry: string, text: string, ports: Ports): AllowedNetwork {
  const cidr = text.replace(/^\[([^\]]*)\]/, '$1')
  const [address = ''] = cidr.split('/', 1)
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) throw wrong(entry, 'a network begins with an address')
  if (!ipaddr.isValidCIDR(cidr) || address.includes('%')) throw wrong(entry, 'that is no network')
  const [base, bits] = ipaddr.parseCIDR(cidr)
  if (base.kind() === 'ipv6' && base.range() === 'ipv4Mapped') throw wrong(entry, 'a network of IPv4 addresses is written with IPv4 addresses')
  const first = base.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr)
  if (first.toString() !== base.toString()) throw wrong(entry, `the network is written ${first.toString()}/${bits}`)
  return networkOf(base, bits, ports)
}

/** One address is a network of its own, but not where only a network counts. */
function readAddress (entry: string, text: string, ports: Ports): AllowedNetwork {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && (!ipaddr.IPv6.isValid(text) || text.includes('%'))) {
    throw wrong(entry, 'an address is written in full: four decimal numbers, or IPv6 in brackets')
  }
  const address = ipaddr.parse(text)
  const bits = address.kind() === 'ipv4' ? 32 : 128
  if (address.range() === 'ipv4Mapped') throw wrong(entry, 'an IPv4 address is written with four decimal numbers')
  if (address.range() === 'linkLocal') throw wrong(entry, `a link-local address is opened by a network only: ${text}/${bits}`)
  return networkOf(address, bits, ports)
}

function canonicalHost (entry: string, host: string): string {
  if (host.includes('*')) throw wrong(entry, 'a name has no wildcards')
  try {
    const { hostname } = new URL(`http://${host}`)
    if (hostname !== '') return withoutDot(hostname)
  } catch {}
  throw wrong(entry, 'that is no host')
}

function portsOf (entry: string, text: string | undefined): Ports {
  if (text === undefined) return 'web'
  if (text === '*') return 'all'
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw wrong(entry, 'a port is a number from 1 to 65535, or *')
  return port
}

function wrong (entry: string, why: string): InvalidOptionError {
  return new InvalidOptionError(option, `must not hold '${entry}': ${why}`)
}

/** A name with a dot at its end is the same name. */
export function withoutDot (host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}
