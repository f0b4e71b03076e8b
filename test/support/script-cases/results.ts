import { brokenBy, type IncomingCall, type IncomingCase, json, message } from './case.ts'

const wants = (want: string) => json({ want, text: 'hello' })

const hello = message({ text: 'hello' })

const failing = (name: string, script: string, shows: readonly string[], calls: readonly IncomingCall[]): IncomingCase =>
  ({ name, direction: 'incoming', shows, script, calls })

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
      {
        ...wants('blank text'),
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
      ...['text', 'number', 'list', 'message', 'only a response', 'a function', 'a circle', 'a big number'].map((want) => ({ ...wants(want), answer: brokenBy('result') })),
      { ...wants('a promise for ever'), answer: brokenBy('pending') },
      { ...wants('a promise that fails'), answer: brokenBy('threw') },
      { ...wants('a thrown text'), answer: brokenBy('threw') },
      { ...wants('nothing of this name'), answer: brokenBy('threw') }
    ]
  },
  failing('a script that was published without a comma', 'missing-comma', ['syntax error'], [{ ...json({ text: 'hello' }), answer: brokenBy('syntax') }]),
  failing('a misspelt class', 'misspelt-class', ['no class Script'], [{ ...json({ text: 'hello' }), answer: brokenBy('no-class') }]),
  failing('a script that asks another server', 'http-inside', ['HTTP', 'typeof of a name that may not exist', 'console.error'], [
    { ...json({ url: 'https://gitlab.example', polite: true }), message: message({ text: 'without a look at the release notes' }) },
    { ...json({ url: 'https://gitlab.example' }), answer: brokenBy('threw'), console: [{ level: 'error', text: 'asking https://gitlab.example' }] }
  ]),
  failing('a script that loads a module', 'require-top', ['require at the top'], [{ ...json({ url: 'https://a.example' }), answer: brokenBy('threw') }])
]
