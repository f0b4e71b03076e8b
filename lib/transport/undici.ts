import { createRequire } from 'node:module'
import type { Client as UndiciClient } from 'undici'

/**
 * The client of undici, from its own file. The main file of undici would make
 * the `fetch` of the whole process use undici's newer connections: it sets the
 * global dispatcher when it is loaded first. It would also load 9 MB more.
 */
export const Client: typeof UndiciClient = createRequire(import.meta.url)('undici/lib/dispatcher/client.js')
