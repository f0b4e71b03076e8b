/* Returns what the sender names: each of these is in the scripts of people. */
const results = {
  undefined: () => undefined,
  null: () => null,
  false: () => false,
  true: () => true,
  'no text': () => '',
  zero: () => 0,
  'empty object': () => ({}),
  'a promise of nothing': () => Promise.resolve(),
  'content and user': ({ content }) => ({ content: { text: content.text }, user: { _id: 'adminId', username: 'admin' } }),
  'content and nothing else': ({ content }) => ({ content, error: undefined, response: null }),
  'content is a text': ({ content }) => ({ content: ` ${content.text} ` }),
  'blank text': () => ({ content: { text: ' \n ', attachments: [] } }),
  'error text': () => ({ error: 'not today' }),
  'error and content': ({ content }) => ({ content, error: { message: 'not today', retry: 'tomorrow' } }),
  text: () => 'posted',
  number: () => 200,
  list: ({ content }) => [{ content }],
  message: ({ content }) => ({ text: content.text }),
  'only a response': () => ({ response: { done: true } }),
  'a function': () => () => {},
  'a circle': () => { const content = { text: 'round' }; content.content = content; return { content } },
  'a big number': () => ({ content: { text: 'big', size: 10n ** 20n } }),
  'a promise for ever': () => new Promise(() => {}),
  'a promise that fails': () => Promise.reject(new RangeError('too far')),
  'a thrown text': () => { throw 'not an error' }
}

class Script {
  process_incoming_request ({ request }) {
    return results[request.content.want](request)
  }
}
