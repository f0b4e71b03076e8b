/** The common part of the errors that the host's own code meets. */
export abstract class CodedError extends Error {
  /** Tells the classes apart, also where `instanceof` cannot: between two copies of this package. */
  abstract readonly code: `FCI_ERR_${string}`

  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    // Not enumerable, as with the errors of JavaScript: Node would print the name twice.
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true })
  }
}
