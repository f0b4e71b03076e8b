import type { TargetName } from './targets/index.ts'

/** Servers that answer the same request, to be compared. */
export interface Benchmark {
  /** The request that is sent all the time, one character for each byte. */
  readonly request: string
  /** The servers, in the order of the table. */
  readonly names: readonly TargetName[]
  /** The comparisons. */
  readonly bars: readonly Bar[]
  /** Whether Redis is emptied before each measurement, because the servers fill it. */
  readonly emptiesRedis: boolean
}

/** A comparison of the requests per second of two servers. */
export interface Bar {
  readonly of: TargetName
  readonly with: TargetName
  /** The ratio should at least be this. Absent: the comparison only explains. */
  readonly least?: number
}
