import type { ScriptThrown } from '../errors/refusals.ts'

/** The name that the script has in stacks. */
export const scriptFile = 'script'

const longestName = 100
const longestMessage = 1000
const mostFrames = 20

/** The place of a frame within the script, or of a function of the engine. */
const inScript = /^script:\d+:\d+$/

/** Whether a line is a frame within the script, or of a function of the engine. Frames of the sandbox itself are none. */
function isFrame (line: string): boolean {
  if (!line.startsWith('    at ')) return false
  const rest = line.slice('    at '.length)
  const open = rest.indexOf(' (')
  if (open === -1) return inScript.test(rest)
  const [name, place] = [rest.slice(0, open), rest.slice(open + 2, -1)]
  return name.length <= 200 && !/[()]/.test(name) && rest.endsWith(')') && (place === 'native' || inScript.test(place))
}

const noNetwork = 'scripts cannot call other servers; an outgoing webhook calls the URL that prepare_outgoing_request returns'
const noTimer = 'scripts have no timers; a script ends when its method returns'

/** What to do instead of using a name that scripts of other servers may know. */
const hints: Readonly<Record<string, string>> = {
  HTTP: noNetwork,
  fetch: noNetwork,
  serverFetch: noNetwork,
  require: 'scripts cannot load modules; put the code into the script',
  _: 'scripts have no underscore; use the methods of Array and Object',
  moment: 'scripts have no moment; use Date',
  setTimeout: noTimer,
  setInterval: noTimer,
  process: 'scripts do not reach the process of the server',
  Buffer: 'use atob and btoa, or Uint8Array',
  crypto: 'scripts have no crypto; the script must bring its own functions'
}

/**
 * The error of a script as others may read it. The script chose all of the
 * texts: they are cut, and of the stack only the frames are kept. So no line of
 * the script's source comes along.
 */
export function asThrown (name: string, message: string, stack: string): ScriptThrown {
  const frames = stack.slice(0, 10_000).split('\n').filter(isFrame).slice(0, mostFrames)
  // The sandbox itself calls the script by functions of the engine.
  frames.length = frames.findLastIndex((line) => !line.endsWith('(native)')) + 1
  return {
    name: name.slice(0, longestName) || 'Error',
    message: withHint(name, message.slice(0, longestMessage)),
    ...(frames.length > 0 && { stack: frames.join('\n') })
  }
}

function withHint (name: string, message: string): string {
  const missing = name === 'ReferenceError' ? /^'?([\w$]+)'? is not defined$/.exec(message)?.[1] : undefined
  const hint = missing !== undefined && Object.hasOwn(hints, missing) ? hints[missing] : undefined
  return hint === undefined ? message : `${message}: ${hint}`
}
