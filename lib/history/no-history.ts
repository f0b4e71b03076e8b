import type { HistoryStore } from '../ports/history.ts'

/** The history of a server that remembers nothing: every history is empty, and clearing succeeds. */
export const noHistory: HistoryStore = {
  append () {},
  list: () => ({ entries: [], total: 0 }),
  get: () => null,
  clear () {}
}
