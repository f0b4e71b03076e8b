import { lookup as lookupOnSystem, promises as dns } from 'node:dns'
import { promisify } from 'node:util'
import { CallFailed, codeOf } from './failure.ts'

const onSystem = promisify(lookupOnSystem)

/** How long one question to a name server may take, in milliseconds, and how often it is asked. */
const question = { timeout: 2000, tries: 3 }

/** So long an IPv6 answer is waited for when the IPv4 answer is there, in milliseconds. */
const patience = 300

/** No receiver needs more. Each is tried in its turn. */
const mostAddresses = 8

/** Finds the addresses of a name. */
export interface Lookup {
  /**
   * The addresses of a name, in the order in which they are tried.
   *
   * @param trusted whether the host of the plugin named this name itself.
   * @throws CallFailed of kind `dns`.
   */
  addresses (name: string, trusted: boolean, signal: AbortSignal): Promise<readonly string[]>
}

/**
 * Asks name servers directly. The look-up of the operating system holds one of
 * Node's four threads for as long as a name server keeps silent: four slow names
 * would stop files, compression and look-ups of the whole process. Names that
 * the host listed itself are looked up by the system, with its hosts file and
 * search domains.
 *
 * @param servers name servers, as `dns.setServers` takes them. Default: those of the system.
 */
export function nameServers (servers?: readonly string[]): Lookup {
  return {
    async addresses (name, trusted, signal) {
      // Never asked on a network (RFC 6761).
      if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1']
      try {
        const found = await (trusted ? fromSystem(name) : fromServers(name, servers, signal))
        return found.slice(0, mostAddresses)
      } catch (cause) {
        throw failed(name, cause)
      }
    }
  }
}

async function fromSystem (name: string): Promise<string[]> {
  return (await onSystem(name, { all: true })).map(({ address }) => address)
}

async function fromServers (name: string, servers: readonly string[] | undefined, signal: AbortSignal): Promise<string[]> {
  // A resolver of its own: the servers of now, and nothing else is cancelled with it.
  const resolver = new dns.Resolver(question)
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = (): void => { resolver.cancel() }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const six = settled(resolver.resolve6(name))
    const four = await settled(resolver.resolve4(name))
    const [wait, stop] = pause(four.addresses.length > 0 ? patience : undefined)
    const rest = await Promise.race([six, wait])
    stop()
    const found = [...four.addresses, ...rest.addresses]
    if (found.length > 0) return found
    // That one of the two does not exist says nothing while the other one is not known.
    throw [four.error, rest.error].find((error) => !isAbsent(error)) ?? four.error
  } finally {
    signal.removeEventListener('abort', cancel)
    resolver.cancel()
  }
}

interface Settled {
  readonly addresses: readonly string[]
  readonly error?: unknown
}

async function settled (answer: Promise<string[]>): Promise<Settled> {
  return await answer.then((addresses) => ({ addresses }), (error: unknown) => ({ addresses: [], error }))
}

/** @param milliseconds undefined: for ever. */
function pause (milliseconds: number | undefined): [Promise<Settled>, () => void] {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<Settled>((resolve) => {
    if (milliseconds !== undefined) timer = setTimeout(() => { resolve({ addresses: [] }) }, milliseconds)
  })
  return [over, () => { clearTimeout(timer) }]
}

function isAbsent (error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOTFOUND' || code === 'ENODATA'
}

function failed (name: string, cause: unknown): CallFailed {
  return new CallFailed('dns', isAbsent(cause) ? `the name ${name} has no address` : `the address of ${name} could not be found out`, { cause })
}
