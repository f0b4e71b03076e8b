/** Milliseconds until a command is sent again that a Redis Cluster refused while it moves the slot to another node. */
export const slotPause = 100
