class Script {
  prepare_outgoing_request({ request }) {
    const [, to, text] = /^!(\w\w) (.+)/s.exec(request.data.text) || []
    if (!to) return false
    return {
      url: `https://receiver.example/translate_a/single?client=chat&sl=auto&tl=${to}&dt=t&q=${encodeURIComponent(text)}`,
      method: 'GET',
      headers: { 'User-Agent': 'Mozilla/5.0' }
    }
  }

  process_outgoing_response({ response }) {
    // Lists in lists, and the text is a part of each.
    const answer = JSON.parse(response.content)
    const same = response.content[2] === answer[2]
    const text = answer[0].map(part => part[0]).join('')
    return { content: { text: `${text} _(${answer[2]})_`, alias: same ? 'translator' : 'liar' } }
  }
}
