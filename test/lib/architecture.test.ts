import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'tap'
import ts from 'typescript'
import { root } from '../support/root.ts'

/** Who may import whom; a room is the longest key that its files begin with. Packages after the rooms. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'schemas/': ['schemas/', '@sinclair/typebox'],
  'lib/errors.ts': ['schemas/'],
  'lib/errors-of-ports.ts': ['schemas/', 'type lib/ports/'],
  'schemas/hooks/': ['schemas/hooks/', '@sinclair/typebox'],
  'lib/incoming/': ['lib/incoming/', 'type lib/ports/', 'schemas/hooks/', 'node:buffer'],
  'lib/ports/': ['lib/ports/', 'schemas/', 'type fastify'],
  'lib/core/': ['lib/core/', 'lib/ports/', 'lib/errors.ts', 'lib/text-order.ts', 'schemas/', 'type fastify', '@sinclair/typebox', 'leven', 'nanoid', 'node:crypto', 'node:timers/promises', 'node:util'],
  'lib/history/': ['lib/history/', 'lib/ports/', 'lib/errors.ts', 'schemas/'],
  'lib/syntax/': ['lib/syntax/', 'lib/ports/', 'node:worker_threads'],
  // Only the thread loads the parsers: a host whose users send no script pays nothing for them.
  'lib/syntax/parse.ts': ['lib/ports/', '@babel/parser', '@eslint-community/regexpp'],
  'lib/text-order.ts': [],
  'lib/known-options.ts': ['lib/errors.ts', 'leven'],
  'lib/stores/sorted-list.ts': [],
  'lib/stores/history': ['lib/errors.ts', 'schemas/', '@sinclair/typebox'],
  'lib/stores/memory-history.ts': ['lib/stores/history', 'lib/ports/', 'lib/errors.ts', 'lib/known-options.ts', 'schemas/'],
  'lib/stores/redis-history': ['lib/stores/history', 'lib/stores/redis', 'lib/ports/', 'lib/errors.ts', 'lib/known-options.ts', 'schemas/'],
  'lib/stores/memory': ['node:timers/promises', 'lib/stores/sorted-list.ts', 'lib/ports/', 'lib/errors.ts', 'lib/text-order.ts', 'schemas/'],
  'lib/stores/encrypted': ['lib/stores/encrypted', 'lib/ports/', 'lib/errors.ts', 'lib/known-options.ts', 'schemas/', 'node:crypto', 'node:util'],
  'lib/stores/redis': ['lib/stores/redis', 'lib/stores/sorted-list.ts', 'lib/ports/', 'lib/errors.ts', 'lib/known-options.ts', 'lib/text-order.ts', 'schemas/', '@sinclair/typebox', 'type ioredis', 'node:crypto'],
  'lib/routes/': ['lib/routes/', 'lib/core/', 'lib/ports/', 'lib/errors.ts', 'type lib/options.ts', 'schemas/', 'type fastify', 'type @sinclair/typebox', 'node:buffer'],
  'lib/options.ts': ['type lib/core/', 'lib/ports/', 'lib/errors.ts', 'lib/known-options.ts', 'type fastify'],
  'lib/token-headers.ts': ['lib/ports/', 'lib/errors.ts'],
  'lib/integrations.ts': ['lib/core/', 'lib/ports/', 'type lib/options.ts', 'schemas/'],
  'lib/augment.ts': ['type lib/integrations.ts'],
  'lib/plugin.ts': ['lib/routes/', 'lib/core/', 'lib/errors.ts', 'lib/options.ts', 'lib/integrations.ts', 'lib/augment.ts', 'lib/stores/memory.ts', 'lib/syntax/checker.ts', 'type fastify', 'fastify-plugin'],
  'lib/index.ts': ['lib/', 'schemas/'],
  'lib/redis.ts': ['lib/stores/redis'],
  'examples/': ['examples/', 'fastify', '@fastify/', '@sinclair/typebox', 'ioredis', 'node:', 'fastify-chat-integrations']
}

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
  for (const { from, what, typeOnly } of imports) {
    const allowed = mayImport[roomOf(from)] ?? []
    const fits = allowed.some((entry) =>
      entry.startsWith('type ') ? typeOnly && what.startsWith(entry.slice('type '.length)) : what.startsWith(entry))
    t.ok(fits, `${from} imports ${typeOnly ? 'type ' : ''}${what}`)
  }
  t.ok(imports.length > 60, 'the imports were found')
  t.end()
})

test('nothing imports the doors', (t) => {
  const doors = ['lib/index.ts', 'lib/redis.ts']
  t.strictSame(imports.filter(({ what }) => doors.includes(what)), [])
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
