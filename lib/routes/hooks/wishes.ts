import type { Wishes } from '../../incoming/outcome.ts'

/** The wishes in the query of a URL. The query parser of the host does not count. */
export function wishesOf (url: string): Wishes {
  const start = url.indexOf('?')
  if (start === -1) return { wait: false }
  return { wait: new URLSearchParams(url.slice(start + 1)).getAll('wait').at(-1)?.toLowerCase() === 'true' }
}
