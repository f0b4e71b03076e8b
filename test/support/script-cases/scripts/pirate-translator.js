// Translates what a bridge sends. The words come from a table, not from the network.
const table = { hello: 'ahoy', friend: 'matey', friends: 'hearties', yes: 'aye', you: 'ye', my: 'me', is: 'be' }

const likeThe = (original, word) => /^\p{Lu}/u.test(original) ? word[0].toUpperCase() + word.slice(1) : word

function * words (text) {
  let last = 0
  for (const { 0: word, index } of text.matchAll(/\p{L}+/gu)) {
    yield [text.slice(last, index), word]
    last = index + word.length
  }
  yield [text.slice(last), '']
}

class Script {
  translate (text) {
    let result = ''
    for (const [before, word] of words(text)) {
      const known = Object.hasOwn(table, word.toLowerCase()) ? table[word.toLowerCase()] : undefined
      result += before + (known ? likeThe(word, known) : word)
    }
    return result
  }

  process_incoming_request ({ request: { content } }) {
    // Never answers itself.
    if (content.bot || content.user_name === 'pirate') return false
    const text = this.translate(content.text)
    console.debug({ from: content.text, to: text, same: text === content.text })
    return text === content.text ? undefined : { content: { username: 'pirate', emoji: ':pirate_flag:', text, tmid: content.message_id } }
  }
}
