import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Acts in every turn of the event loop until some work is done.
 *
 * @returns the number of turns.
 */
export async function eachTurn (work: Promise<unknown>, act: (turn: number) => void = () => {}): Promise<number> {
  const state = { isDone: false }
  const end = (): void => { state.isDone = true }
  work.then(end, end)
  let turns = 0
  while (!state.isDone) {
    await nextTurn()
    act(++turns)
  }
  return turns
}
