import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** A command and its arguments, as `spawn` takes them. */
export type Command = readonly [command: string, args: string[]]

/**
 * The same command without the hooks of tap. tap has every Node.js process
 * load them by NODE_OPTIONS. They look at each module that is loaded, which
 * makes npm and compilers much slower, and doubles the time that a server
 * needs to start.
 */
export function withoutHooks (command: string, args: readonly string[]): Command {
  return ['env', ['-u', 'NODE_OPTIONS', command, ...args]]
}

/** Options with which `fork` starts a process without the hooks of tap, and with these options of Node.js. */
export function forkWithoutHooks (execArgv: readonly string[] = []): { readonly execPath: string, readonly execArgv: string[] } {
  const inherited = process.execArgv.filter((argument) => !argument.includes('/@tapjs/'))
  const [execPath, args] = withoutHooks(process.execPath, [...inherited, ...execArgv])
  return { execPath, execArgv: args }
}

/** Runs a command to its end and returns what it printed; fails with what it printed when it fails. */
export async function run (command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(...withoutHooks(command, args), { cwd, maxBuffer: 10_000_000 })
    return stdout
  } catch (error) {
    const [stdout, stderr] = [Reflect.get(Object(error), 'stdout'), Reflect.get(Object(error), 'stderr')]
    throw new Error(`${command} ${args.join(' ')}\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error })
  }
}
