/** Milliseconds until a command is sent again that a Redis Cluster refused while it moves the slot to another node. */
export const slotPause = 100

/** Whether Redis does not know a script by its hash: it was restarted or flushed, or this node never saw the script. */
export function isUnknownScript (message: string): boolean {
  return message.startsWith('NOSCRIPT')
}
