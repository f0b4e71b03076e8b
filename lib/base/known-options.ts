import { closestMatch } from 'leven'
import { InvalidOptionError } from '../errors/index.ts'

/** So many letters of a misspelt name may be wrong. */
const maxDistance = 3

/** A part of a name that is shorter than this says nothing. */
const shortestPart = 3

/**
 * Refuses an option that is not known, and names the known one that it
 * resembles.
 *
 * @param options as the caller gave them.
 * @param known the names that there are.
 * @param owner the class or function they belong to; absent: the plugin.
 * @param path stands in front of the names in errors: `incoming.`.
 * @throws InvalidOptionError
 */
export function requireKnownOptions (options: unknown, known: readonly string[], owner?: string, path: string = ''): void {
  for (const name of Object.keys(Object(options))) {
    if (known.includes(name)) continue
    const closest = closestName(name, known)
    throw new InvalidOptionError(path + name,
      (owner === undefined ? '' : `of ${owner} `) + 'is not known' + (closest === undefined ? '' : `; did you mean '${path}${closest}'?`))
  }
}

/** In any case. A name of which this one is a part goes first: `prefix` means `keyPrefix`. */
function closestName (name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const lower = known.map((text) => text.toLowerCase())
  const closest = lower.find((text) => wanted.length >= shortestPart && text.includes(wanted)) ??
    closestMatch(wanted, lower, { maxDistance })
  return closest === undefined ? undefined : known[lower.indexOf(closest)]
}
