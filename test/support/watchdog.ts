import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Reads which processes began and ended, a line each, until the test that
 * writes them is gone, however it ended; then it ends those that are left.
 */
const script = `trap '' INT TERM HUP
while read -r sign pid; do
  case $sign in
    +) pids="$pids $pid" ;;
    -) left=; for p in $pids; do [ "$p" = "$pid" ] || left="$left $p"; done; pids=$left ;;
  esac
done
[ -z "$pids" ] || kill -9 $pids`

let watchdog: ChildProcess | undefined

/** Makes sure that a process does not outlive this one, not even when this one is killed. */
export function endWithThisProcess (child: ChildProcess): void {
  const { pid } = child
  if (pid === undefined) return
  if (watchdog === undefined) {
    // In a session of its own: what is sent to all processes of the test does not end it.
    watchdog = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    watchdog.on('error', () => {})
    watchdog.stdin?.on('error', () => {})
    // Nothing waits for it.
    watchdog.unref()
    if (watchdog.stdin !== null && 'unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') watchdog.stdin.unref()
  }
  watchdog.stdin?.write(`+ ${pid}\n`)
  child.once('exit', () => { watchdog?.stdin?.write(`- ${pid}\n`) })
}
