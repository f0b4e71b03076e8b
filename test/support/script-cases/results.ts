import { type IncomingCall, type IncomingCase, json, message } from './case.ts'

const wants = (want: string) => json({ want, text: 'hello' })

const hello = message({ text: 'hello' })

const failing = (
  name: string, script: string, shows: readonly string[], calls: readonly IncomingCall[], scriptError?: IncomingCase['scriptError']
): IncomingCase => ({ name, direction: 'incoming', shows, script, calls, ...(scriptError !== undefined && { scriptError }) })

/** Every kind of result, and scripts that fail. */
export const results: readonly IncomingCase[] = [
  {
    name: 'every kind of result',
    direction: 'incoming',
    shows: ['results that mean nothing', 'results that are wrong', 'a user that the script chooses', 'promises'],
    script: 'every-result',
    calls: [
      ...['undefined', 'null', 'false', 'true', 'no text', 'zero', 'empty object', 'a promise of nothing'].map(wants),
      // The account that posts stays that of the integration.
      { ...wants('content and user'), message: hello },
      { ...wants('content and nothing else'), message: hello },
      { ...wants('content is a text'), message: hello },
      {
        ...wants('blank text'),
        step: 'make-message',
        answer: {
          status: 400,
          body: {
            success: false,
            error: 'There is nothing to post: the payload has no text, msg, blocks or attachments that can be shown [error-no-message]',
            errorType: 'error-no-message',
            details: { reason: 'no-message' }
          }
        }
      },
      { ...wants('error text'), answer: { status: 400, body: { success: false, error: 'not today' } } },
      { ...wants('error and content'), answer: { status: 400, body: { success: false, error: 'not today', message: 'not today', retry: 'tomorrow' } } },
      ...['text', 'number', 'list', 'message', 'only a response'].map((want) =>
        ({ ...wants(want), failed: { reason: 'result' as const, error: /neither content nor error$/ } })),
      { ...wants('a function'), failed: { reason: 'result', error: /no JSON data$/ } },
      { ...wants('a circle'), failed: { reason: 'result', error: /TypeError: circular reference$/ } },
      { ...wants('a big number'), failed: { reason: 'result', error: /TypeError: BigInt are forbidden/ } },
      { ...wants('a promise for ever'), failed: { reason: 'pending', error: /never settled$/ } },
      { ...wants('a promise that fails'), failed: { reason: 'threw', error: /RangeError: too far \(line 26, column \d+\)$/ } },
      { ...wants('a thrown text'), failed: { reason: 'threw', error: /not an error$/ } },
      { ...wants('nothing of this name'), failed: { reason: 'threw', error: /TypeError: not a function \(line 32, column \d+\)$/ } }
    ]
  },
  failing('a script that was published without a comma', 'missing-comma', ['syntax error'], [
    { ...json({ text: 'hello' }), failed: { reason: 'syntax', error: /SyntaxError: .* \(line 6, column \d+\)$/ } }
  ], { name: 'SyntaxError', message: /\(line 6, column \d+\)$/ }),
  failing('a misspelt class', 'misspelt-class', ['no class Script'], [{ ...json({ text: 'hello' }), failed: { reason: 'no-class' } }],
    { name: 'Error', message: /no class Script$/ }),
  failing('a script that asks another server', 'http-inside', ['HTTP', 'typeof of a name that may not exist', 'console.error'], [
    { ...json({ url: 'https://gitlab.example', polite: true }), message: message({ text: 'without a look at the release notes' }) },
    {
      ...json({ url: 'https://gitlab.example' }),
      failed: { reason: 'threw', error: /ReferenceError: HTTP is not defined: scripts cannot call other servers; .* \(line 7, column \d+\)$/ },
      console: [{ level: 'error', text: 'asking https://gitlab.example' }]
    }
  ]),
  failing('a script that loads a module', 'require-top', ['require at the top'], [
    { ...json({ url: 'https://a.example' }), failed: { reason: 'threw', error: /ReferenceError: require is not defined: .* \(line 1, column \d+\)$/ } }
  ], { name: 'ReferenceError', message: /^require is not defined: scripts cannot load modules; .* \(line 1, column \d+\)$/ })
]
