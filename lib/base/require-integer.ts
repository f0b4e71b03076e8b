import { InvalidOptionError } from '../errors/index.ts'

/**
 * @param owner the class whose option it is.
 * @throws InvalidOptionError
 */
export function requireInteger (option: string, value: unknown, least: number, most: number, owner: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
  throw new InvalidOptionError(option, `of ${owner} must be an integer from ${least} to ${most}`)
}
