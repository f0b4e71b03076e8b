import { join } from 'node:path'

/** The folder of the package; this file runs as dist/test/support/root.js. */
export const root = join(import.meta.dirname, '../../..')
