import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'tap'
import ts from 'typescript'
import { root } from '../support/root.ts'

/** Which room may import which; a room is the longest key that its files begin with. Packages follow the rooms. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'schemas/': ['schemas/', '@sinclair/typebox'],
  'schemas/hooks/': ['schemas/hooks/', '@sinclair/typebox'],
  'schemas/events/': ['schemas/events/', 'type schemas/outgoing.ts', 'schemas/primitives.ts', '@sinclair/typebox'],
  'lib/errors/': ['lib/errors/', 'type lib/ports/', 'schemas/'],
  'lib/base/': ['lib/base/', 'lib/errors/', 'type schemas/', 'type lib/ports/awaitable.ts', 'leven'],
  'lib/base/redis/': ['lib/base/redis/', 'lib/errors/', 'type lib/ports/call.ts', 'type ioredis', 'node:crypto'],
  'lib/ports/': ['lib/ports/', 'schemas/', 'type fastify'],
  'lib/guard/': ['lib/guard/', 'type lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', '@sinclair/typebox', 'node:events', 'node:timers/promises'],
  'lib/model/': ['lib/model/', 'lib/guard/', 'lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', '@sinclair/typebox', 'leven', 'nanoid', 'node:crypto', 'node:timers/promises', 'node:util'],
  'lib/management/': ['lib/management/', 'lib/model/', 'lib/guard/', 'lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', 'nanoid', 'node:crypto', 'node:util'],
  'lib/incoming/': ['lib/incoming/', 'lib/model/', 'lib/guard/', 'type lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', 'nanoid', 'node:buffer', 'node:crypto', 'node:net'],
  'lib/outgoing/': ['lib/outgoing/', 'lib/model/', 'lib/guard/', 'type lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', '@sinclair/typebox', 'nanoid', 'node:crypto', 'node:timers/promises', 'node:util'],
  'lib/explain/': ['lib/explain/', 'lib/incoming/', 'lib/outgoing/', 'lib/management/', 'lib/model/', 'lib/guard/', 'type lib/ports/', 'lib/errors/', 'schemas/', 'node:buffer'],
  'lib/history/': ['lib/history/', 'lib/model/', 'lib/guard/', 'lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/'],
  'lib/syntax/': ['lib/syntax/', 'lib/ports/', 'lib/base/', 'node:worker_threads'],
  // Only the thread loads the parsers: a host whose users send no script pays nothing for them.
  'lib/syntax/parse.ts': ['lib/ports/', 'lib/base/without-export.ts', '@babel/parser', '@eslint-community/regexpp'],
  'lib/stores/sorted-list.ts': [],
  'lib/stores/follow/': ['lib/stores/follow/', 'type lib/ports/', 'schemas/'],
  'lib/stores/history/': ['lib/stores/history/', 'lib/base/', 'schemas/', '@sinclair/typebox'],
  'lib/stores/memory/': ['lib/stores/memory/', 'lib/stores/follow/', 'lib/stores/history/', 'lib/stores/sorted-list.ts', 'lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', 'node:timers/promises'],
  'lib/stores/encrypted/': ['lib/stores/encrypted/', 'lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', 'node:crypto', 'node:util'],
  'lib/stores/redis/': ['lib/stores/redis/', 'lib/stores/follow/', 'lib/stores/history/', 'lib/stores/sorted-list.ts', 'lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', '@sinclair/typebox', 'type ioredis', 'node:crypto', 'node:timers/promises'],
  'lib/transport/': ['lib/transport/', 'type lib/ports/', 'lib/errors/', 'ipaddr.js', 'type undici', 'node:buffer', 'node:crypto', 'node:dns', 'node:module', 'node:net', 'node:tls', 'node:util', 'node:zlib'],
  'lib/queues/': ['lib/queues/', 'type lib/ports/', 'lib/errors/', 'lib/base/', 'node:events', 'node:timers/promises'],
  'lib/queues/bullmq.ts': ['lib/queues/', 'type lib/ports/', 'lib/errors/', 'lib/base/'],
  'lib/queues/bullmq/': ['lib/queues/', 'type lib/ports/', 'lib/errors/', 'lib/base/', 'node:events', 'node:timers/promises', 'bullmq'],
  'lib/sandbox/': ['lib/sandbox/', 'type lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', 'node:fs/promises', 'node:worker_threads'],
  // Only the thread loads the engine, and the functions of a script import nothing.
  'lib/sandbox/machine.ts': ['lib/sandbox/', 'lib/base/without-export.ts', 'quickjs-wasi'],
  'lib/sandbox/guest/': ['lib/sandbox/guest/'],
  'lib/routes/': ['lib/routes/', 'lib/explain/', 'lib/management/', 'lib/incoming/', 'lib/history/', 'lib/guard/', 'lib/ports/', 'lib/errors/', 'lib/base/', 'schemas/', 'type lib/options/', 'type fastify', 'type @sinclair/typebox', 'node:buffer'],
  'lib/options/': ['lib/options/', 'type lib/management/', 'type lib/model/', 'type lib/outgoing/delivery/report.ts', 'lib/guard/tables/', 'type lib/ports/', 'lib/errors/', 'lib/base/', 'type fastify', '@sinclair/typebox'],
  'lib/life-cycle.ts': ['type lib/ports/', 'lib/guard/time-budget.ts', 'lib/errors/', 'lib/base/', 'lib/routes/loggable.ts', 'type fastify'],
  'lib/token-headers.ts': ['lib/ports/', 'lib/errors/'],
  'lib/integrations.ts': ['type lib/explain/', 'type lib/management/', 'type lib/history/', 'type lib/incoming/', 'type lib/outgoing/'],
  'lib/augment.ts': ['type lib/integrations.ts'],
  'lib/plugin.ts': ['type lib/ports/', 'lib/explain/explain.ts', 'lib/routes/', 'lib/management/', 'lib/history/', 'lib/incoming/', 'lib/outgoing/outgoing.ts', 'lib/queues/in-process.ts', 'lib/model/', 'lib/guard/calls.ts', 'lib/errors/', 'lib/options/', 'lib/augment.ts', 'lib/life-cycle.ts', 'lib/stores/memory/', 'lib/syntax/checker.ts', 'type fastify', 'fastify-plugin'],
  'lib/index.ts': ['lib/', 'schemas/'],
  'lib/redis.ts': ['lib/stores/redis/', 'type lib/base/redis/'],
  'lib/bullmq.ts': ['lib/queues/', 'type lib/base/redis/'],
  'lib/scripts.ts': ['lib/sandbox/'],
  'lib/testing/': ['lib/testing/', 'type lib/ports/', 'type schemas/', 'schemas/public.ts', 'type fastify', 'node:assert/strict', 'node:events', 'node:timers/promises'],
  'lib/testing.ts': ['lib/testing/'],
  'examples/': ['examples/', 'fastify', '@fastify/', '@sinclair/typebox', 'ioredis', 'node:', 'fastify-chat-integrations']
}

/** What a host that only manages integrations must never load. */
const heavy = ['ioredis', 'bullmq', 'undici', 'ipaddr.js', 'quickjs-wasi', '@babel/parser', '@eslint-community/regexpp']

interface Import {
  readonly from: string
  readonly what: string
  readonly typeOnly: boolean
}

const files = ['schemas', 'lib', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
  .filter((name) => name.endsWith('.ts'))

const imports: Import[] = files.flatMap((from) => {
  const source = ts.createSourceFile(from, readFileSync(join(root, from), 'utf8'), ts.ScriptTarget.Latest)
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const { moduleSpecifier } = statement
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return []
    const { text } = moduleSpecifier
    return [{ from, what: text.startsWith('.') ? join(dirname(from), text) : text, typeOnly: isTypeOnly(statement) }]
  })
})

function isTypeOnly (statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isImportDeclaration(statement) ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword : statement.isTypeOnly) return true
  const named = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause
  if (ts.isImportDeclaration(statement) && statement.importClause?.name !== undefined) return false
  if (named === undefined || !(ts.isNamedImports(named) || ts.isNamedExports(named))) return false
  return [...named.elements].every(({ isTypeOnly }) => isTypeOnly)
}

function roomOf (file: string): string {
  return Object.keys(mayImport).filter((room) => file.startsWith(room)).sort((a, b) => b.length - a.length)[0] ?? 'none'
}

test('every file is in a room and imports only what its room may', (t) => {
  t.strictSame(files.filter((file) => roomOf(file) === 'none'), [], 'files in no known room')
  for (const { from, what, typeOnly } of imports) {
    const allowed = mayImport[roomOf(from)] ?? []
    const fits = allowed.some((entry) =>
      entry.startsWith('type ') ? typeOnly && what.startsWith(entry.slice('type '.length)) : what.startsWith(entry))
    t.ok(fits, `${from} imports ${typeOnly ? 'type ' : ''}${what}`)
  }
  t.ok(imports.length > 60, 'the imports were found')
  t.end()
})

test('no file imports itself by a detour, types included', (t) => {
  const graph = new Map(files.map((file) => [file, imports.filter(({ from }) => from === file).map(({ what }) => what)]))
  const circles: string[] = []
  const path: string[] = []
  const done = new Set<string>()
  const follow = (file: string): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '))
    if (done.has(file) || path.includes(file)) return
    path.push(file)
    for (const next of graph.get(file) ?? []) follow(next)
    path.pop()
    done.add(file)
  }
  for (const file of files) follow(file)
  t.strictSame(circles, [])
  t.end()
})

test('the main door loads nothing heavy', (t) => {
  const loaded = new Set<string>()
  const load = (file: string): void => {
    if (loaded.has(file)) return
    loaded.add(file)
    for (const { from, what, typeOnly } of imports) if (from === file && !typeOnly) load(what)
  }
  load('lib/index.ts')
  t.ok(loaded.has('lib/management/create.ts') && loaded.has('fastify-plugin'), 'the walk reaches the capabilities and packages')
  t.strictSame(heavy.filter((name) => [...loaded].some((file) => file === name || file.startsWith(`${name}/`))), [])
  t.end()
})

test('nothing imports the doors', (t) => {
  const doors = ['lib/index.ts', 'lib/redis.ts', 'lib/bullmq.ts', 'lib/scripts.ts', 'lib/testing.ts']
  t.strictSame(imports.filter(({ what }) => doors.includes(what)), [])
  t.end()
})

test('only its door leads to the contract suites', (t) => {
  const importers = imports.filter(({ from, what }) => what.startsWith('lib/testing/') && !from.startsWith('lib/testing/')).map(({ from }) => from)
  t.strictSame([...new Set(importers)], ['lib/testing.ts'], 'types included')
  t.end()
})

test('the parsers are loaded in their thread only', (t) => {
  const importers = (file: string): string[] => imports.filter(({ what, typeOnly }) => what === file && !typeOnly).map(({ from }) => from)
  t.strictSame(importers('lib/syntax/parse.ts'), ['lib/syntax/worker.ts'])
  t.strictSame(importers('lib/syntax/worker.ts'), [])
  t.end()
})

test('only one file augments Fastify', (t) => {
  t.strictSame(files.filter((file) => readFileSync(join(root, file), 'utf8').includes('declare module')), ['lib/augment.ts'])
  t.end()
})

test('every module loads', async (t) => {
  // Otherwise a module that no test needs is missing in the coverage, too.
  for (const file of files.filter((name) => !name.startsWith('examples/'))) {
    const compiled = join(root, 'dist', file.replace(/\.ts$/, '.js'))
    await t.resolves(import(pathToFileURL(compiled).href), file)
  }
})
