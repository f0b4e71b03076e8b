/**
 * Runs the tests against the packed package, on old and new versions of Node,
 * Fastify and ioredis: `npm run versions`.
 *
 * Prints a line per combination, with the tests that failed under it. The exit
 * status is 1 when one failed. All of it happens in a folder that is removed
 * at the end. Everything runs but the tests about this repository.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../support/root.ts'
import { run } from '../support/run.ts'

/** Each version at least once: the oldest that package.json allows, and the newest. */
const combinations = [
  { node: '20.19.0', fastify: '5.3.0', ioredis: '5.0.6' },
  { node: '20', fastify: 'latest', ioredis: 'latest' },
  { node: '22', fastify: '5.3.0', ioredis: 'latest' },
  { node: '22', fastify: 'latest', ioredis: '5.0.6' },
  { node: '24', fastify: '5.3.0', ioredis: '5.0.6' },
  { node: '24', fastify: 'latest', ioredis: 'latest' }
] as const

/** They look at the repository, and the package is not all of it. */
const aboutTheRepository = /^(package(-\w+)?|pages|lib\/architecture|run\/.*)\.test\.js$/

interface Outcome {
  readonly passed: number
  readonly failed: number
  /** The lines of what failed, from the test file inwards. */
  readonly failures: readonly string[]
}

const temporary = await mkdtemp(join(tmpdir(), 'versions-'))
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const folder = await unpacked()
const files = (await readdir(join(folder, 'dist/test'), { recursive: true }))
  .filter((name) => name.endsWith('.test.js') && !aboutTheRepository.test(name))
  .map((name) => join('dist/test', name))

for (const combination of combinations) {
  const started = performance.now()
  const node = await nodeOf(combination.node)
  await install(folder, `fastify@${combination.fastify}`, `ioredis@${combination.ioredis}`)
  await nameRedis()
  const { passed, failed, failures } = await test(node)
  if (passed === 0 || failed > 0) process.exitCode = 1
  const seconds = Math.round((performance.now() - started) / 1000)
  const versions = `Node ${(await run(join(node, 'node'), ['--version'], folder)).trim().slice(1)}, Fastify ${await versionOf('fastify')}, ioredis ${await versionOf('ioredis')}`
  console.log([`${versions}: ${passed} passed, ${failed} failed, ${seconds} s`, ...failures].join('\n'))
}

/** The packed package with its tests and what they need beside it. */
async function unpacked (): Promise<string> {
  const [pack]: Array<{ filename: string }> = JSON.parse(
    await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', temporary], root))
  await run('tar', ['-xzf', pack?.filename ?? ''], temporary)
  const folder = join(temporary, 'package')
  for (const name of ['package-lock.json', 'tsconfig.json', 'examples', 'test', 'dist/examples', 'dist/test']) {
    await cp(join(root, name), join(folder, name), { recursive: true })
  }
  await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], folder)
  return folder
}

async function install (folder: string, ...packages: string[]): Promise<void> {
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', ...packages], folder)
}

/** Gets a Node and returns the folder of its command. The package of the platform has no install script. */
async function nodeOf (version: string): Promise<string> {
  const home = join(temporary, `node-${version}`)
  await mkdir(home, { recursive: true })
  const { platform, arch } = process
  const name = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`
  await install(home, `${name}@${version}`)
  return join(home, 'node_modules', name, 'bin')
}

async function versionOf (name: string): Promise<string> {
  return JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** Before 5.2, ioredis is a default export only; the tests import it by its name. */
async function nameRedis (): Promise<void> {
  if (/^5\.[01]\./.test(await versionOf('ioredis'))) {
    await appendFile(join(folder, 'node_modules/ioredis/built/index.js'), '\nexports.Redis = exports.default\n')
  }
}

async function test (node: string): Promise<Outcome> {
  const child = spawn(join(node, 'node'), ['node_modules/.bin/tap', 'run', '--disable-coverage', '--reporter=tap', '--timeout=300', ...files], {
    cwd: folder,
    env: { ...process.env, PATH: `${node}${delimiter}${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'close')
  const failures: string[] = []
  let summary = ''
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^ *not ok /.test(line)) failures.push(`  ${line}`)
    if (line.startsWith('# { total: ')) summary = line
  }
  const [status] = await ended
  const failed = Number(/\bfail: (\d+)/.exec(summary)?.[1] ?? 0)
  return { passed: Number(/\bpass: (\d+)/.exec(summary)?.[1] ?? 0), failed: status === 0 ? failed : Math.max(failed, 1), failures }
}
