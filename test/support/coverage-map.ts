import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

const covered = ['schemas', 'lib'].flatMap((folder) =>
  readdirSync(join(root, 'dist', folder), { recursive: true })
    .map((name) => join('dist', folder, String(name)))
    .filter((name) => name.endsWith('.js')))

/** Tells tap what every test is there for: the product, not the helpers of the tests. */
export default function coverageMap (): string[] {
  return covered
}
