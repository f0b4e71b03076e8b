import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

const covered = ['schemas', 'lib'].flatMap((folder) =>
  readdirSync(join(root, 'dist', folder), { recursive: true })
    .map((name) => join('dist', folder, String(name)))
    .filter((name) => name.endsWith('.js')))

/** Tests that start programs, as a user would, and tests under load. What runs of the product in their own process, other tests run too. */
const uncounted = /^dist\/test\/(?:examples\/|faults\/|hostile\/|run\/|package|pages)/

/** Tells tap what a test is there for: the product, not the helpers of the tests; null when nothing is to be counted, which is faster. */
export default function coverageMap (test: string): string[] | null {
  return uncounted.test(test) ? null : covered
}
