/** The answers that a method of a port may give. */
export interface Answer<T> {
  /** Reads an answer into the value that the caller gets; undefined when the answer is not allowed. */
  readonly read: (answer: unknown) => { readonly value: T } | undefined
  /** Describes for the log the expected answer and the kind of the actual answer, without any value of the answer. */
  readonly must: (answer: unknown) => string
}

/** Exactly true or false. */
export const trueOrFalse: Answer<boolean> = {
  read: (answer) => (typeof answer === 'boolean' ? { value: answer } : undefined),
  must: (answer) => `true or false, not ${kindOf(answer)}`
}

/** The answer does not matter. */
export const nothing: Answer<void> = { read: () => ({ value: undefined }), must: () => 'nothing' }

/** One of a few texts. */
export function oneOf<T extends string> (texts: readonly T[]): Answer<T> {
  return {
    read: (answer) => {
      const value = texts.find((text) => text === answer)
      return value === undefined ? undefined : { value }
    },
    must: () => `one of ${texts.join(', ')}`
  }
}

/** Null and undefined say "there is none"; anything else must be what `answer` accepts. */
export function orNull<T> ({ read, must }: Answer<T>): Answer<T | null> {
  return {
    read: (answer) => (answer === null || answer === undefined ? { value: null } : read(answer)),
    must: (answer) => must(answer)
  }
}

/** A property that is a text and not blank. */
export function textOf (answer: unknown, key: string): string | undefined {
  const text = propertyOf(answer, key)
  return typeof text === 'string' && text.trim() !== '' ? text : undefined
}

/** A property of a value that may be no object. */
export function propertyOf (value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

/** Whether a value is the number of something. */
export function isCount (value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** The property that must be a text and is none, and the kind of its value. */
export function misfit (answer: unknown, keys: readonly string[]): string {
  if (typeof answer !== 'object' || answer === null) return `the answer is ${kindOf(answer)}`
  const key = keys.find((name) => textOf(answer, name) === undefined)
  return key === undefined ? 'the answer changes' : `${key} must be a text that is not blank, not ${kindOf(propertyOf(answer, key))}`
}

/** The kind of a value: a log may hold the kind, and never the value. */
export function kindOf (value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return value.trim() === '' ? 'a blank text' : 'a text'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
