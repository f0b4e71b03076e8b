import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs a command to its end and returns what it printed; fails with what it printed when it fails. */
export async function run (command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, maxBuffer: 10_000_000 })
    return stdout
  } catch (error) {
    const [stdout, stderr] = [Reflect.get(Object(error), 'stdout'), Reflect.get(Object(error), 'stderr')]
    throw new Error(`${command} ${args.join(' ')}\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error })
  }
}
