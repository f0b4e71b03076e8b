import assert from 'node:assert/strict'

const watched = { Object: Object.prototype, Array: Array.prototype, Function: Function.prototype, String: String.prototype }

function properties (): unknown {
  return Object.entries(watched).map(([name, prototype]) => [name, Object.getOwnPropertyDescriptors(prototype)])
}

/** Remembers what every object inherits; what it returns fails when that has changed. */
export function watchPrototypes (): () => void {
  const before = properties()
  return () => assert.deepEqual(properties(), before, 'what every object inherits has not changed')
}
