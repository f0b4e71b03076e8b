import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { root } from './root.ts'
import { run } from './run.ts'

/** An empty project outside the repository, where nothing of its node_modules is in reach. */
export interface EmptyProject {
  readonly folder: string
  /** The packed package. */
  readonly tarball: string
  /** Installs packages as a host does; fails when npm refuses. */
  install (...packages: string[]): Promise<void>
  /** Runs a file with Node and returns the last line that it printed. */
  lastLine (file: string, ...args: string[]): Promise<string | undefined>
}

/** Packs the package and makes the project, which ends with the test. */
export async function emptyProject (t: Test): Promise<EmptyProject> {
  const folder = await mkdtemp(join(tmpdir(), 'host-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const [pack]: Array<{ filename: string }> = JSON.parse(
    await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root))
  return {
    folder,
    tarball: join(folder, pack?.filename ?? ''),
    async install (...packages) {
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], folder)
    },
    async lastLine (file, ...args) {
      return (await run(process.execPath, [file, ...args], folder)).trim().split('\n').at(-1)
    }
  }
}
