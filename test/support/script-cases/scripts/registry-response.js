class Script {
  async process_incoming_request ({ request }) {
    const { push_data: push, repository, callback_url: callback } = request.content
    if (!push) {
      return { error: { success: false, message: 'no push_data', expected: ['push_data', 'repository'] } }
    }
    const pushed = await this.describe(push, repository)
    return {
      content: { alias: 'Registry', text: pushed },
      response: { state: 'success', description: `Told the room about ${push.tag}`, context: callback }
    }
  }

  describe ({ tag, pusher }, { repo_name: name }) {
    return Promise.all([name, tag, pusher]).then(([a, b, c]) => `\`${a}:${b}\` was pushed by ${c}`)
  }
}
