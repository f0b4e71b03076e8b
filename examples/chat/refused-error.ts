/** The chat refuses a request because of a rule of the chat. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  /** Rocket.Chat's word for the rule. */
  readonly code: string
  /** A sentence for people. Without one, a reply holds the bare code, as Rocket.Chat's does. */
  readonly reason: string | undefined

  constructor (code: string, reason?: string) {
    super(reason ?? code)
    this.code = code
    this.reason = reason
  }
}
