/** Longest accepted values. Characters are UTF-16 code units, as `String.length` counts them. */
export const limits = {
  name: 200,
  alias: 120,
  emoji: 100,
  avatar: 2048,
  channels: 100,
  urls: 20,
  url: 2048,
  triggerWords: 100,
  triggerWord: 200,
  token: 200,
  retryCount: 10
} as const

/**
 * Bounds of lists before blanks and duplicates are dropped, and of texts without
 * a limit of their own. No real client meets these bounds: they keep a refusal
 * cheap.
 */
export const rawLimits = {
  /** A username, a room, an event or an `_id`: the host's own names are shorter. */
  reference: 1000,
  /** Several channels or trigger words, separated by commas. */
  list: 32_768,
  /** Channels or trigger words in an array. */
  entries: 1000,
  urls: 100
} as const
