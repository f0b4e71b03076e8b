var Script = class {
    constructor() {
        this.name = 'Bitbucket'
        this.handlers = {
            'repo:push': this.push,
            'repo:commit_status_updated': this.status
        }
    }

    push(content) {
        var [change] = content.push.changes
        var where = change.new ? change.new.name : change.old.name
        var rows = (change.commits || []).map(({ hash, message, links }) => `* [\`${hash.substr(0, 7)}\`](${links.html.href}) ${message.trim()}`)
        return `**${content.actor.display_name}** ${change.new ? 'pushed to' : 'removed'} ${where}` + (rows.length ? '\n' + rows.join('\n') : '')
    }

    status({ commit_status: { state, name, url } }) {
        return state === 'SUCCESSFUL' ? '' : `[${name}](${url}) is *${state.toLowerCase()}*`
    }

    process_incoming_request({ request: { headers, content } }) {
        const key = headers['x-event-key']
        const handler = this.handlers[key]
        if (!handler) return {}
        const text = handler.call(this, content)
        return text && { content: { alias: `${this.name} ${content.repository.name}`, emoji: ':bucket:', text, parseUrls: false } }
    }
}
