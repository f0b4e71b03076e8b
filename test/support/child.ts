import { fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { forkWithoutHooks } from './run.ts'

/** A process of the benchmark's own. It answers questions, one at a time, and ends with us. */
export interface Child<Question, Answer> {
  /** @throws when the child ended or ends instead of answering. */
  ask (question: Question): Promise<Answer>
  /** Lets it end by itself, so that `--cpu-prof` can write its file. */
  end (): Promise<void>
}

/**
 * Starts a module that calls {@link answerParent} with the same two types:
 * both ends are compiled together, and nothing checks the messages twice.
 *
 * @param module the compiled module, for example `new URL('./server.js', import.meta.url)`.
 * @param signal kills the child when it is aborted.
 * @param execArgv options of Node.js besides those of this process.
 */
export function startChild<Question extends Serializable, Answer> (
  module: URL, args: readonly string[], signal: AbortSignal, execArgv: readonly string[] = []
): Child<Question, Answer> {
  const child = fork(module, args, { signal, killSignal: 'SIGKILL', ...forkWithoutHooks(execArgv) })
  const exit = once(child, 'exit')
  const gone = exit.then(() => { throw new Error(`${[module.pathname, ...args].join(' ')} ended unexpectedly`) })
  // Reported by whoever asks; a child that is never asked again may end in peace.
  gone.catch(() => {})
  return {
    async ask (question) {
      const answered = once(child, 'message')
      child.send(question)
      const [answer] = await Promise.race([answered, gone])
      return answer as Answer
    },
    async end () {
      if (child.connected) child.disconnect()
      await exit
    }
  }
}

/** The child's side: answers the parent until it goes away. Who cannot answer ends. */
export function answerParent<Question, Answer> (answer: (question: Question) => Promise<Answer>): void {
  process.on('message', async (question: Question) => process.send?.(await answer(question)))
  process.on('disconnect', () => process.exit())
}
