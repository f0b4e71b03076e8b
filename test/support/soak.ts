/** Whether the long versions of tests run: `npm run soak`. */
export const soaking = process.env['SOAK'] === '1'

/** How much of something: in every test run, and in a long one. */
export function often (short: number, long: number): number {
  return soaking ? long : short
}
