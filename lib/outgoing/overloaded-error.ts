/** Work was refused because too much waits already. */
export class OverloadedError extends Error {}
