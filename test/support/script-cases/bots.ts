import { accepted, type IncomingCase, json, message } from './case.ts'

const from = (user: string, text: string) => json({ user, text })

const form = (fields: Readonly<Record<string, string>>) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(fields).toString()
})

/** Bots, and bridges to other chats. */
export const bots: readonly IncomingCase[] = [
  {
    name: 'a poll',
    direction: 'incoming',
    shows: ['Store over several calls', 'a key of Store removed', 'commands by regular expressions', 'methods as values', 'null'],
    script: 'poll-store',
    calls: [
      { ...from('ada', '!vote 1'), message: message({ text: 'There is no poll.' }) },
      { ...from('ada', ' !poll Which colour? red | green |blue'), message: message({ text: '**Which colour?**\n1. red\n2. green\n3. blue' }) },
      { ...from('bob', '!POLL Again? yes'), message: message({ text: 'ada has a poll already: Which colour?' }) },
      { ...from('bob', '!vote 2') },
      { ...from('cyd', '!vote 3') },
      { ...from('cyd', '!vote 2') },
      { ...from('cyd', '!vote 7'), message: message({ text: '@cyd: there is no number 7' }) },
      { ...from('dan', 'which poll?') },
      {
        ...from('ada', '!close'),
        message: message({ text: '**Which colour?** 2 votes', attachments: [{ title: 'red', text: '–' }, { title: 'green', text: '▮▮' }, { title: 'blue', text: '–' }] })
      },
      { ...from('ada', '!close'), message: message({ text: 'There is no poll.' }) }
    ]
  },
  {
    name: 'a translator',
    direction: 'incoming',
    shows: ['generator', 'Unicode properties', 'console.debug with an object', 'answer in a thread', 'own messages left out'],
    script: 'pirate-translator',
    calls: [
      {
        ...json({ text: 'Hello, my friends: is Größe yes?', user_name: 'ada', message_id: 'm1' }),
        message: message({ alias: 'pirate', emoji: ':pirate_flag:', text: 'Ahoy, me hearties: be Größe aye?', threadId: 'm1' }),
        console: [{ level: 'debug', text: '{"from":"Hello, my friends: is Größe yes?","to":"Ahoy, me hearties: be Größe aye?","same":false}' }]
      },
      { ...json({ text: 'constructor', user_name: 'ada' }), console: [{ level: 'debug', text: '{"from":"constructor","to":"constructor","same":true}' }] },
      { ...json({ text: 'Hello', user_name: 'pirate' }) },
      { ...json({ text: 'Hello', user_name: 'ada', bot: true }) }
    ]
  },
  {
    name: 'Telegram, the changed request',
    direction: 'incoming',
    shows: ['request changed and returned', 'empty object'],
    script: 'telegram-request',
    calls: [
      { ...json({ update_id: 1, message: { from: { first_name: 'Ada', last_name: 'L' }, text: 'hi' } }), message: message({ alias: 'Ada L', emoji: ':telegram:', text: 'hi' }) },
      {
        ...json({ update_id: 2, message: { from: { username: 'bob' }, caption: 'look', photo: [{ file_id: 'a' }, { file_id: 'b' }] } }),
        message: message({ alias: 'bob', emoji: ':telegram:', text: 'look', attachments: [{ title: 'b', text: '2 sizes' }] })
      },
      { ...json({ update_id: 3, edited_message: {} }) }
    ]
  },
  {
    name: 'a slash command, an answer for the one who asked',
    direction: 'incoming',
    shows: ['fields of a form', 'response as a text', 'response with its own ok', 'blank fields in content'],
    script: 'command-response',
    calls: [
      {
        ...form({ command: '/tell', text: 'the gate is open', user_name: 'ada' }),
        message: message({ text: 'ada: the gate is open' }),
        answer: { status: 200, body: { response_type: 'in_channel', text: 'told', success: true, ok: true } }
      },
      {
        ...form({ command: '/tell', text: '(quiet) the gate is open', user_name: 'ada' }),
        message: message({ text: 'the gate is open' }),
        answer: { status: 200, body: { response_type: 'ephemeral', text: 'told', ok: false, success: true } }
      },
      {
        ...form({ command: '/tell', text: '', user_name: 'ada' }),
        message: message({ text: 'ada has nothing to tell' }),
        answer: { status: 200, body: 'Usage: /tell <text>' }
      },
      { ...form({ command: '/shout', text: 'a', user_name: 'ada' }), answer: { status: 400, body: { success: false, error: 'unknown command /shout' } } }
    ]
  },
  {
    name: 'a script for outgoing webhooks only',
    direction: 'incoming',
    shows: ['missing method'],
    script: 'only-outgoing',
    integration: { alias: 'Plain' },
    calls: [
      { ...json({ text: 'as it came', icon_emoji: ':mailbox:' }), message: message({ alias: 'Plain', emoji: ':mailbox:', text: 'as it came' }) },
      { body: 'load=5 is high', message: message({ alias: 'Plain', text: 'load=5 is high' }), answer: accepted }
    ]
  }
]
