/* A poll of one room. The bridge sends { user, text }. */
class Script {
  constructor () {
    this.poll = Store.get('poll')
    this.commands = [
      [/^!poll\s+(.+?\?)\s*(.+)$/i, this.begin],
      [/^!vote\s+(\d+)$/i, this.vote],
      [/^!close$/i, this.close]
    ]
  }

  begin (user, question, choices) {
    if (this.poll) return `${this.poll.by} has a poll already: ${this.poll.question}`
    const options = choices.split(/\s*\|\s*/).filter(option => option)
    Store.set('poll', { by: user, question, options, votes: {} })
    return [`**${question}**`, ...options.map((option, index) => `${index + 1}. ${option}`)].join('\n')
  }

  vote (user, number) {
    if (!this.poll) return 'There is no poll.'
    if (!this.poll.options[number - 1]) return `@${user}: there is no number ${number}`
    this.poll.votes[user] = number - 1
    Store.set('poll', this.poll)
    return null
  }

  close () {
    if (!this.poll) return 'There is no poll.'
    const { question, options, votes } = this.poll
    const counts = options.map((_, index) => Object.values(votes).filter(vote => vote === index).length)
    Store.set('poll', undefined)
    return { text: `**${question}** ${Object.keys(votes).length} votes`, attachments: options.map((option, index) => ({ title: option, text: '▮'.repeat(counts[index]) || '–' })) }
  }

  process_incoming_request ({ request }) {
    const { user, text } = request.content
    for (const [pattern, act] of this.commands) {
      const match = text.trim().match(pattern)
      if (!match) continue
      const said = act.apply(this, [user, ...match.slice(1)])
      return said ? { content: typeof said === 'string' ? { text: said } : said } : null
    }
    return null
  }
}
