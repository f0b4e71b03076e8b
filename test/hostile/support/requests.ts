/** How many hostile requests one run of all tests sends, unless the environment says otherwise. */
const usual = 6000

const asked = process.env.HOSTILE_REQUESTS

/**
 * A share of the generated requests of a run: of `HOSTILE_REQUESTS`, or of
 * about 6,000 when the environment does not say. What a test writes down one
 * by one is sent besides.
 */
export function requests (share: number): number {
  const all = asked === undefined || asked === '' ? usual : Number(asked)
  if (!Number.isSafeInteger(all) || all < 1) throw new Error(`HOSTILE_REQUESTS must be a whole number, not ${asked}`)
  return Math.max(1, Math.round(all * share))
}

/** Every run sends the same requests; who wants others sets `HOSTILE_SEED`. */
export const seed = Number(process.env.HOSTILE_SEED ?? 20170106)
