/** The fields that have a value. */
export function present<T extends object> (fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const result: Partial<T> = {}
  for (const key in fields) {
    if (fields[key] !== undefined) result[key] = fields[key]
  }
  // The loop has done what the type says; Partial alone would still admit undefined.
  return result as { [K in keyof T]?: Exclude<T[K], undefined> }
}
