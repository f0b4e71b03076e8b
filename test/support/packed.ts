import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { root } from './root.ts'
import { run } from './run.ts'

/**
 * TypeScripts that a host may have, as packages to install, each under a name
 * of its own. Exact versions: a TypeScript that comes out tomorrow cannot make
 * a test fail.
 */
export const typescripts = {
  oldest: 'oldest-typescript@npm:typescript@5.4.5',
  middle: 'middle-typescript@npm:typescript@6.0.3',
  newest: 'newest-typescript@npm:typescript@7.0.2'
} as const

/** An empty project outside the repository, where nothing of its node_modules is in reach. */
export interface EmptyProject {
  readonly folder: string
  /** The packed package. */
  readonly tarball: string
  /** What is in it, as paths from its root. */
  readonly paths: readonly string[]
  /** Installs packages as a host does; fails when npm refuses. */
  install (...packages: string[]): Promise<void>
  /** Runs a TypeScript that was installed; fails when it finds a mistake. */
  compile (typescript: keyof typeof typescripts, ...args: string[]): Promise<string>
  /** Runs a file with Node and returns the last line that it printed. */
  lastLine (file: string, ...args: string[]): Promise<string | undefined>
}

/** Packs the package and makes the project, which ends with the test. */
export async function emptyProject (t: Test): Promise<EmptyProject> {
  const folder = await mkdtemp(join(tmpdir(), 'host-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const [pack]: Array<{ filename: string, files: Array<{ path: string }> }> = JSON.parse(
    await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root))
  return {
    folder,
    tarball: join(folder, pack?.filename ?? ''),
    paths: pack?.files.map(({ path }) => path) ?? [],
    async install (...packages) {
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], folder)
    },
    compile: (typescript, ...args) => run(process.execPath, [join(folder, `node_modules/${typescript}-typescript/bin/tsc`), ...args], folder),
    async lastLine (file, ...args) {
      return (await run(process.execPath, [file, ...args], folder)).trim().split('\n').at(-1)
    }
  }
}
