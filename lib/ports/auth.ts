import type { FastifyRequest } from 'fastify'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'

/** A user of the host, with the properties that this plugin needs. */
export interface User {
  /** The host's stable identifier of the user; never blank. */
  readonly _id: string
  /** The name that people use for the user; never blank. */
  readonly username: string
}

/** The permissions that this plugin asks for. */
export type Permission =
  | 'manage-incoming-integrations'
  | 'manage-own-incoming-integrations'
  | 'manage-outgoing-integrations'
  | 'manage-own-outgoing-integrations'
  | 'message-impersonate'

/**
 * Finds the caller of a request. Runs in `onRequest`, before any body is read.
 *
 * @returns the caller, or null or undefined when nobody is logged in (401).
 * @throws An error whose `statusCode` is 4xx counts as "nobody is logged in",
 *   so that `request.jwtVerify()` can be used as it is. An error whose
 *   `statusCode` is 403 is answered 403 with its own message. Every other error
 *   is logged and answered 503.
 */
export type Authenticate = (request: FastifyRequest, call?: PortCall) => Awaitable<User | null | undefined>

/**
 * Says whether a user holds a permission, anywhere in the workspace.
 *
 * @returns exactly true or false; every other answer is treated as a failure of
 *   the adapter (503), so that a forgotten `return` never grants anything.
 */
export type HasPermission = (user: User, permission: Permission, call?: PortCall) => Awaitable<boolean>
