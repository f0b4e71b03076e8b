import fc from 'fast-check'
import { test } from 'tap'
import { SyntaxChecker } from '../../lib/syntax/checker.ts'
import { incomingBody } from '../support/bodies.ts'
import { often } from '../support/soak.ts'
import { watchProcess } from '../support/watch-process.ts'
import { overseer } from './support/callers.ts'
import { documented, integrationOf } from './support/documented.ts'
import { hardScript, hardScripts } from './support/hard-scripts.ts'
import { startServer } from './support/server.ts'

/** So long a busy machine may leave the event loop alone, in milliseconds; V8, asked to check, held it longer. */
const patience = 2000

/** Bytes of memory by which the process may grow; V8, asked to check, took gigabytes. */
const room = 200e6

test('no script holds the process or takes its memory', { timeout: 1_200_000 }, async (t) => {
  const checker = new SyntaxChecker()
  t.teardown(() => checker.close())
  const watched = watchProcess(t)
  const counts: Record<string, number> = {}
  let slowest = 0
  // One by one, so that the texts themselves take no memory.
  await fc.assert(fc.asyncProperty(hardScript, async (script) => {
    const start = performance.now()
    const error = await checker.check(script, 'ownerId')
    slowest = Math.max(slowest, performance.now() - start)
    const name = error?.name ?? 'valid'
    counts[name] = (counts[name] ?? 0) + 1
    return error === undefined ||
      (/^(?:SyntaxError|RangeError|TimeoutError)$/.test(error.name) && error.message.length > 0 && error.message.length <= 500)
  }), { numRuns: often(200, 2500), seed: 1, endOnFailure: true })
  const { held, grown } = watched.end()
  t.comment(`${JSON.stringify(counts)}; slowest ${Math.round(slowest)} ms; event loop held ${Math.round(held)} ms; grown by ${Math.round(grown / 1e6)} MB`)
  t.ok(held < patience, `event loop held for ${Math.round(held)} ms`)
  t.ok(grown < room, `grown by ${Math.round(grown / 1e6)} MB`)
  for (const kind of ['valid', 'SyntaxError', 'RangeError']) t.ok(kind in counts, kind)
})

test('every one of them is stored, and other requests are not kept waiting', async (t) => {
  const server = await startServer(t, [overseer])
  const watched = watchProcess(t)
  for (const [name, script] of Object.entries(hardScripts)) {
    const body = { ...incomingBody, scriptEnabled: true, script }
    const answer = await server.send(overseer, 'create', JSON.stringify(body))
    t.equal(answer.status, 200, name)
    t.equal(integrationOf(documented('create', answer).integration).script, script)
  }
  const { held, grown } = watched.end()
  t.ok(held < patience, `event loop held for ${Math.round(held)} ms`)
  t.ok(grown < room, `grown by ${Math.round(grown / 1e6)} MB`)
  server.assertQuiet()
})

test('a script that asks too much comes back as it was sent, with an error', async (t) => {
  const server = await startServer(t, [overseer])
  const script = hardScripts['variables in blocks']
  const answer = await server.send(overseer, 'create', JSON.stringify({ ...incomingBody, scriptEnabled: true, script }))
  t.match(integrationOf(documented('create', answer).integration), {
    script,
    scriptError: { name: /^(?:TimeoutError|RangeError)$/, message: /^The script takes too (?:long|much memory) to be checked/ }
  })
})
