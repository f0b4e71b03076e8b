const shorten = (text, length = 60) => text.length > length ? `${text.slice(0, length - 1)}…` : text

class Message {
  static #verbs = new Map([['created', 'opened'], ['synchronized', 'updated']])
  #lines = []
  username = 'Gitea'

  static verb (action) {
    return Message.#verbs.get(action) ?? action ?? 'touched'
  }

  add (...lines) {
    this.#lines.push(...lines.filter(Boolean))
    return this
  }

  get content () {
    const { username } = this
    return { username, text: this.#lines.join('\n') }
  }
}

export class Script {
  static ignored = new Set(['fork', 'star', 'watch'])

  process_incoming_request ({ request: { headers, content } }) {
    const event = headers['x-gitea-event']
    if (Script.ignored.has(event)) return null
    const message = new Message()
    const { login = 'somebody' } = content.sender ?? {}
    message.add(`**${login}** ${Message.verb(content.action)} ${event.replaceAll('_', ' ')} ${content.issue?.number ?? content.release?.tag_name ?? ''}`.trimEnd())
    message.add(content.issue?.title && `> ${shorten(content.issue.title)}`)
    for (const { name, ...rest } of content.release?.assets ?? []) {
      message.add(`- ${name}: ${(rest.size / 2 ** 20).toFixed(1)} MiB`)
    }
    return { content: message.content }
  }
}
