import { createHash } from 'node:crypto'
import { type IntegrationsOptions, tokenHeaders } from 'fastify-chat-integrations'
import type { Chat } from './chat/chat.ts'
import { messengerOf } from './chat/messenger.ts'
import { permissionsOf, type Workspace } from './workspace.ts'

/** The plugin's adapters: users and permissions come from the workspace; rooms come from the chat, and messages go into the chat. */
export function adaptersOf (
  workspace: Workspace, chat: Chat
): Pick<IntegrationsOptions, 'authenticate' | 'hasPermission' | 'directory' | 'messenger'> {
  const isPermitted = permissionsOf(workspace)
  // Looked up by hash: how long a look-up takes tells nothing about the tokens.
  const ownerOf = new Map<string, string>()
  for (const { _id, authToken } of workspace.users) {
    if (authToken !== undefined) ownerOf.set(sha256(authToken), _id)
  }
  return {
    // Tokens stay behind here: a user that the chat knows has none.
    authenticate: tokenHeaders((userId, authToken) => ownerOf.get(sha256(authToken)) === userId ? chat.findUser(userId) : null),
    hasPermission: (user, permission) => isPermitted(user._id, permission),
    directory: {
      findUser: (idOrUsername) => chat.findUser(idOrUsername),
      findRoom: (idOrName) => {
        const room = chat.findRoom(idOrName)
        return room && { _id: room._id, name: room.name, type: room.type }
      },
      isMember: (userId, roomId) => chat.isMember(userId, roomId)
    },
    messenger: messengerOf(chat)
  }
}

function sha256 (token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
