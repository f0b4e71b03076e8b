/** The deliveries that were posted, with the `_id` of their message. The oldest one is forgotten when a newer one needs its place. */
export class Deliveries {
  /** How many deliveries are remembered. */
  static readonly limit = 10_000
  // A Map keeps the order of insertion: the first key is the oldest delivery.
  readonly #messageIds = new Map<string, string>()

  find (deliveryId: string): string | undefined {
    return this.#messageIds.get(deliveryId)
  }

  add (deliveryId: string, messageId: string): void {
    this.#messageIds.set(deliveryId, messageId)
    if (this.#messageIds.size > Deliveries.limit) this.#messageIds.delete(this.#messageIds.keys().next().value ?? '')
  }
}
