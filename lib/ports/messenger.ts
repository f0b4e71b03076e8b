import type { IntegrationType } from '../../schemas/index.ts'
import type { User } from './auth.ts'
import type { Awaitable } from './awaitable.ts'
import type { Room } from './directory.ts'
import type { PortCall } from './call.ts'
import type { PortLifeCycle } from './life-cycle.ts'

/**
 * A card below a message: JSON data with the field names of Slack and
 * Rocket.Chat (`title`, `title_link`, `text`, `color`, `fields`, `image_url`,
 * `actions`, `attachments`…) and no others. Links have the scheme `http:`,
 * `https:` or `mailto:`; pictures may also be paths and `data:` addresses of
 * images.
 */
export type MessageAttachment = Readonly<Record<string, unknown>>

/** A message that an integration asks for. */
export interface Message {
  /** Trimmed markdown; empty only when there are attachments. */
  readonly text: string
  /** The name that is displayed. The account that posts never depends on it. */
  readonly alias?: string
  /** Address or path of the picture that is displayed. */
  readonly avatar?: string
  /** The emoji that is displayed as the picture; absent where there is an avatar. */
  readonly emoji?: string
  /** Cards below the text; at least one and at most 100, or absent. */
  readonly attachments?: readonly MessageAttachment[]
  /** The `_id` of the message that this one answers. */
  readonly threadId?: string
  /** Whether the host may show previews of links in the text. */
  readonly parseUrls: boolean
  /** Whether the message may be displayed as a part of the one above it. */
  readonly groupable: boolean
  /** Plain data of the sender; the host decides about its use. */
  readonly customFields?: Readonly<Record<string, unknown>>
}

/** The mark of a message that an integration made. */
export interface BotMark {
  /** The `_id` of the integration. */
  readonly i: string
}

/** A message as it is handed to the host. */
export interface OutboundMessage extends Message {
  /**
   * The host keeps this mark with the message and gives it back to `emit`:
   * a message that has one triggers no integration, so that nothing can loop.
   */
  readonly bot: BotMark
}

/**
 * Where a message goes: into a room, or into the direct conversation of the
 * posting user with this user, which the host makes when there is none.
 */
export type PostTarget =
  | { readonly room: Room }
  | { readonly user: User }

/** The integration that posts, as far as a host needs to know it. */
export interface PostingIntegration {
  readonly _id: string
  readonly name: string
  readonly type: IntegrationType
}

/**
 * One message for one destination. The objects belong to the call. The
 * attachments and custom fields are frozen, since all destinations share them.
 */
export interface PostRequest {
  /** The account that posts. */
  readonly as: User
  readonly to: PostTarget
  readonly message: OutboundMessage
  readonly integration: PostingIntegration
  /**
   * The same for the same message each time it is posted again after a
   * failure. A host that remembers it posts nothing twice.
   */
  readonly deliveryId?: string
}

/** A message that was posted. */
export interface PostedMessage {
  /** The host's identifier of the message; never blank. */
  readonly _id: string
}

/**
 * Posts messages into the host's chat. The host decides here about membership,
 * read-only and blocked rooms, and refuses with a `PostRefusedError`. Any other
 * error counts as a failure of the host: the error is logged and the sender is
 * answered 503.
 */
export interface Messenger extends PortLifeCycle {
  /**
   * Posts a message.
   *
   * @throws PostRefusedError when the message may not be posted.
   */
  post (request: PostRequest, call: PortCall): Awaitable<PostedMessage>
  /**
   * Says whether a message may be posted, without posting it. The plugin asks
   * for each destination before the first post, so that one refusal means that
   * nothing was posted. Without this method, the first of several messages may
   * have been posted when a later one is refused.
   *
   * @throws PostRefusedError when the message may not be posted.
   */
  check? (request: PostRequest, call: PortCall): Awaitable<void>
}
