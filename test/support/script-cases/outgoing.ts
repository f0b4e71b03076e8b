import { chat, json, logged, message, type OutgoingCase, receiver, said, saidPayload } from './case.ts'

const search = (phrase: string) => `${receiver}/v1/gifs/search?api_key=public&rating=g&q=${phrase}`

const gif = (title: string, rating: number) => ({ title, rating, images: { original: { url: `https://gifs.example/${rating}.gif` } } })

const html = { 'content-type': 'text/html; charset=utf-8' }

const ofJson = { 'content-type': 'application/json' }

const completions = (messages: ReadonlyArray<{ readonly role: string, readonly content: string }>) => ({
  method: 'POST',
  url: `${receiver}/v1/chat/completions`,
  headers: { ...ofJson, authorization: 'Bearer sk-test' },
  body: { model: 'small', user: 'guestId', messages, stream: false }
})

const { token: _, ...withoutToken } = saidPayload('<guest> hello')

/** Scripts of outgoing webhooks. */
export const outgoing: readonly OutgoingCase[] = [
  {
    name: 'a card is moved',
    direction: 'outgoing',
    shows: ['PUT with own headers', 'headers that a script cannot set', 'usage as a message', 'a switch over status_code', 'content of an answer as an object', 'content_raw'],
    script: 'board-put',
    integration: { alias: 'Board' },
    calls: [
      {
        event: said('!card #12 Doing'),
        sent: {
          method: 'PUT',
          url: `${receiver}/board/v1/cards/12`,
          headers: { 'x-api-key': 'board-key', 'content-type': 'application/vnd.board+json', accept: 'application/json' },
          body: { column: 'doing', by: 'guest' }
        },
        answer: { ...json({ id: 12, title: 'Oil the hinge' }), status: 200 },
        reply: message({ alias: 'Board', text: 'Card *Oil the hinge* is in doing', parseUrls: false })
      },
      { event: said('!card twelve'), step: 'after-prepare-send-message', first: message({ alias: 'Board', text: 'Usage: `!card <number> todo|doing|done`' }) },
      ...[
        { answer: { status: 404, headers: html, body: '<h1>Not found</h1>' }, reply: message({ alias: 'Board', text: 'There is no such card.' }) },
        {
          answer: { ...json({ cards: ['#1', '#2'] }), status: 409 },
          reply: message({ alias: 'Board', attachments: [{ color: 'warning', title: 'The column is full', text: '#1, #2' }] })
        },
        { answer: { status: 500, body: 'out of ink' }, reply: message({ alias: 'Board', text: 'The board answers 500: out of ink' }) },
        // A redirect is an answer like any other.
        { answer: { status: 302, headers: { location: '/login' } }, reply: message({ alias: 'Board', text: 'The board answers 302:' }) }
      ].map((rest) => ({
        event: said('!card 7 done'),
        sent: {
          method: 'PUT',
          url: `${receiver}/board/v1/cards/7`,
          headers: { 'x-api-key': 'board-key', 'content-type': 'application/vnd.board+json', accept: 'application/json' },
          body: { column: 'done', by: 'guest' }
        },
        ...rest
      }))
    ]
  },
  {
    name: 'the weather',
    direction: 'outgoing',
    shows: ['GET with params and auth', 'data of a GET left out', 'trigger word cut off', 'headers handed on', 'timeout', 'data of a GET after the answer', 'attachments made of a list'],
    script: 'weather-params',
    integration: { triggerWords: ['weather'] },
    calls: [
      {
        event: said('weather New York & co'),
        triggerWord: 'weather',
        sent: {
          method: 'GET',
          url: `${receiver}/weather?units=metric&q=New+York+%26+co&lang=de&lang=en&days=2`,
          headers: { authorization: 'Basic d2VhdGhlcjprM3k=' },
          body: null
        },
        answer: json({ name: 'New York', list: [{ day: 'Thu', min: 19.6, max: 31.25, clouds: 0 }, { day: 'Fri', min: -0.4, max: 8, clouds: 75 }] }),
        reply: message({
          text: 'Weather in New York',
          attachments: [{ color: '#fc0', author_name: 'Thu', text: '20 – 31.3 °C ☀' }, { color: '#777', author_name: 'Fri', text: '0 – 8.0 °C' }],
          parseUrls: false
        }),
        console: [{ level: 'debug', text: 'GET weather New York & co' }]
      },
      {
        event: said('weather x'),
        triggerWord: 'weather',
        sent: { method: 'GET', url: `${receiver}/weather?units=metric&q=x&lang=de&lang=en&days=2`, headers: { authorization: 'Basic d2VhdGhlcjprM3k=' }, body: null },
        answer: { ...json({ message: 'bad key' }), status: 401 },
        reply: message({ text: 'No weather today (401).' }),
        console: [{ level: 'debug', text: 'GET weather x' }]
      },
      { event: said('weather  '), triggerWord: 'weather', step: 'after-prepare-send-message', first: message({ alias: 'weather', text: 'Where?' }) }
    ]
  },
  {
    name: 'a deployment',
    direction: 'outgoing',
    shows: ['text as the body', 'function and prototype', 'undeclared names', 'URL of the integration changed', 'headers of the answer', 'text of the answer searched', 'nothing returned'],
    script: 'deploy-form',
    calls: [
      {
        event: said('!deploy shop'),
        sent: {
          method: 'POST',
          url: `${receiver}/job/deploy/build`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'target=shop&branch=main&cause=guest%20%26%20chat'
        },
        answer: { status: 201, headers: { location: 'https://ci.example/queue/5' } },
        reply: message({ text: 'The job waits: https://ci.example/queue/5' })
      },
      {
        event: said('!deploy shop hinge/oil'),
        sent: {
          method: 'POST',
          url: `${receiver}/job/deploy/build`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'target=shop&branch=hinge%2Foil&cause=guest%20%26%20chat'
        },
        answer: { status: 503, headers: html, body: '<html><head><title>Shutting down</title></head></html>' },
        reply: message({ text: 'No deployment of shop: Shutting down' })
      },
      { event: said('!deploy'), step: 'after-prepare-no-opts' }
    ]
  },
  {
    name: 'a picture is searched',
    direction: 'outgoing',
    shows: ['Giphy kind', 'undeclared names', 'URL put together from texts', 'content of an answer as an object', 'attachment with a picture only'],
    script: 'gif-search',
    integration: { alias: 'gifs', emoji: ':frame_photo:', triggerWords: ['!gif', 'gif'] },
    calls: [
      {
        event: said('!gif Happy Cat'),
        triggerWord: '!gif',
        sent: { method: 'GET', url: search('happy%20cat'), headers: {}, body: null },
        answer: json({ data: [gif('a cat', 3), gif('a happy cat', 9), gif('a dog', 1)] }),
        reply: message({ alias: 'gifs', emoji: ':frame_photo:', attachments: [{ image_url: 'https://gifs.example/9.gif', title: 'a happy cat' }], parseUrls: false })
      },
      {
        event: said('gif größe'),
        triggerWord: 'gif',
        sent: { method: 'GET', url: search('gr%C3%B6%C3%9Fe'), headers: {}, body: null },
        answer: json({ data: [] }),
        reply: message({ alias: 'gifs', emoji: ':frame_photo:', text: 'nothing found for gr%C3%B6%C3%9Fe' })
      }
    ]
  },
  {
    name: 'a translation',
    direction: 'outgoing',
    shows: ['translator with lists in lists', 'JSON.parse of a parsed answer', 'own User-Agent', 'false before anything is sent'],
    script: 'translate-answer',
    calls: [
      {
        event: said('!de hello gate,\nopen'),
        sent: { method: 'GET', url: `${receiver}/translate_a/single?client=chat&sl=auto&tl=de&dt=t&q=hello%20gate%2C%0Aopen`, headers: { 'user-agent': 'Mozilla/5.0' }, body: null },
        answer: { headers: { 'content-type': 'application/json; charset=UTF-8' }, body: '[[["Hallo Tor,\\n","hello gate,\\n",null,null,10],["öffne dich","open",null,null,3]],null,"en"]' },
        reply: message({ alias: 'translator', text: 'Hallo Tor,\nöffne dich _(en)_' })
      },
      { event: said('hello'), step: 'after-prepare-no-opts' }
    ]
  },
  {
    name: 'a ticket',
    direction: 'outgoing',
    shows: ['message before the request', 'message alone, in a thread', 'URL without a method', 'object without any of them', 'nothing returned'],
    script: 'help-first',
    integration: { alias: 'Tickets' },
    calls: [
      {
        event: said('!ticket the gate squeaks'),
        first: message({ alias: 'Tickets', text: '@guest: your ticket is being written' }),
        sent: { method: 'POST', url: `${receiver}/tickets`, headers: ofJson, body: { title: 'the gate squeaks', reporter: 'guest', tags: [] } },
        answer: { ...json({ id: 5, link: 'https://tickets.example/5' }), status: 201 },
        reply: message({ alias: 'Tickets', text: 'Ticket 5: https://tickets.example/5' })
      },
      {
        event: said('!help'),
        step: 'after-prepare-send-message',
        first: message({
          alias: 'Tickets',
          text: '`!ticket <text>` opens a ticket\n`!help` shows this',
          attachments: [{ color: '#0000DD', text: 'Ask ada for more.' }],
          threadId: 'm1'
        })
      },
      { event: said('!url'), step: 'after-prepare-no-url_or_method' },
      { event: said('!empty'), step: 'after-prepare-no-opts' },
      { event: said('good morning'), step: 'after-prepare-no-opts' }
    ]
  },
  {
    name: 'a bridge',
    direction: 'outgoing',
    shows: ['changed request', 'empty object', 'null', 'false after the answer', 'answers that must not be shown'],
    script: 'bridge-request',
    calls: [
      {
        event: said('hello'),
        sent: { method: 'POST', url: `${receiver}/hook`, headers: { ...ofJson, 'x-bridge': 'chat', 'x-number': '7' }, body: withoutToken },
        // Without the script this would be a message.
        answer: json({ text: 'an echo' }),
        step: 'after-process-false-result'
      },
      {
        event: said('hello'),
        sent: { method: 'POST', url: `${receiver}/hook`, headers: { ...ofJson, 'x-bridge': 'chat', 'x-number': '7' }, body: withoutToken },
        answer: { status: 502, body: 'no other side' },
        step: 'after-process-false-result',
        console: [{ level: 'warn', text: 'bridge 502 no other side' }]
      },
      { event: said('hello', { bot: true }), step: 'after-prepare-no-opts' },
      { event: said(' // for us only'), step: 'after-prepare-no-opts' }
    ]
  },
  {
    name: 'only the answer is read',
    direction: 'outgoing',
    shows: ['missing prepare_outgoing_request', 'nothing returned after the answer', 'false', 'emoji'],
    script: 'only-process',
    integration: { avatar: 'https://a.example/a.png' },
    calls: [
      { answer: { body: 'ok\n' }, reply: message({ emoji: ':ok:', text: 'guest, done.' }) },
      { answer: json({ text: 'as usual', username: 'receiver' }), reply: message({ alias: 'receiver', avatar: 'https://a.example/a.png', text: 'as usual' }) },
      { answer: json({ text: 'hidden' }, { 'x-quiet': 'yes' }), step: 'after-process-false-result' as const },
      { answer: { status: 204 } },
      { answer: { body: '<p>no message</p>', headers: html } },
      { answer: { ...json({ text: 'an error is no reply' }), status: 500 }, step: 'failed-and-not-configured-to-retry' as const }
    ].map((rest) => ({
      event: said('hello'),
      sent: { method: 'POST', url: `${receiver}/hook`, headers: ofJson, body: saidPayload('hello') },
      ...rest
    }))
  },
  {
    name: 'only the request is changed',
    direction: 'outgoing',
    shows: ['async', 'missing process_outgoing_response', 'spread', 'token as a header', 'microtask'],
    script: 'only-prepare',
    integration: { alias: 'Helper' },
    calls: [
      {
        event: said('my card is 12345678'),
        sent: {
          method: 'POST',
          url: `${receiver}/hook`,
          headers: { ...ofJson, authorization: `Bearer ${chat.token}` },
          body: { ...withoutToken, text: 'my card is ****', n: [1, { a: null }] }
        },
        answer: json({ text: 'a reply', attachments: [{ text: 'more' }] }),
        reply: message({ alias: 'Helper', text: 'a reply', attachments: [{ text: 'more' }] })
      }
    ]
  },
  {
    name: 'lots are drawn',
    direction: 'outgoing',
    shows: ['own properties from one method to the other', 'request as it was sent', 'method in lower case'],
    script: 'draw-lots',
    calls: [
      {
        event: said('!draw @ada @bob.smith @cyd'),
        sent: { method: 'POST', url: `${receiver}/integers`, headers: ofJson, body: { max: 3 } },
        answer: json({ number: 2 }),
        reply: message({ text: '@bob.smith of 3 (asked by guest in #general)' }),
        console: logged(`POST ${receiver}/integers {"max":3} application/json`)
      },
      { event: said('!draw @ada'), step: 'after-prepare-send-message', first: message({ text: 'Name at least two.' }) }
    ]
  },
  {
    name: 'an assistant',
    direction: 'outgoing',
    shows: ['Store shared by both methods', 'JSON.parse of a parsed answer', 'async after the answer', 'answer in a thread', 'console.error', 'broken JSON'],
    script: 'assistant-thread',
    integration: { alias: 'Assistant' },
    calls: [
      {
        event: said('@assistant why?'),
        sent: completions([{ role: 'user', content: 'why?' }]),
        answer: json({ choices: [{ message: { role: 'assistant', content: 'Because.' } }] }),
        reply: message({ alias: 'Assistant', text: 'Because.', threadId: 'm1' })
      },
      {
        event: said('really?', { _id: 'm2', tmid: 'm1' }),
        sent: completions([{ role: 'user', content: 'why?' }, { role: 'assistant', content: 'Because.' }, { role: 'user', content: 'really?' }]),
        answer: { headers: ofJson, body: '{"choices":[' },
        reply: message({ alias: 'Assistant', text: 'I have no answer.', threadId: 'm1' }),
        console: [{ level: 'error', text: 'no answer: SyntaxError 200' }]
      },
      {
        event: said('hm', { _id: 'm3', tmid: 'm1' }),
        sent: completions([
          { role: 'user', content: 'why?' }, { role: 'assistant', content: 'Because.' }, { role: 'user', content: 'really?' }, { role: 'user', content: 'hm' }
        ]),
        answer: { ...json({ error: { message: 'slow down' } }), status: 429 },
        reply: message({ alias: 'Assistant', text: 'I have no answer.', threadId: 'm1' }),
        console: [{ level: 'error', text: 'no answer: TypeError 429' }]
      }
    ]
  },
  {
    name: 'a page is searched',
    direction: 'outgoing',
    shows: ['HTML in content_raw', 'headers of the answer', 'content of null', 'nothing returned'],
    script: 'quote-page',
    calls: [
      {
        answer: { headers: html, body: '<html><p class="excuse">It worked\n <b>yesterday</b> &amp; the day before&#33;</p><cite>Bob &amp; Ada</cite></html>' },
        reply: message({ alias: 'Bob & Ada', text: '> It worked\n> yesterday & the day before!' })
      },
      { answer: { headers: html, body: '<html><p class="excuse">None</p></html>' }, reply: message({ text: '> None' }) },
      { answer: { headers: html, body: '<html></html>' } },
      { answer: { headers: { 'content-type': 'text/plain' }, body: '{"text":"an answer as usual"}' }, reply: message({ text: 'an answer as usual' }) }
    ].map((rest) => ({
      event: said('!excuse'),
      sent: { method: 'GET', url: `${receiver}/excuse`, headers: {}, body: null },
      ...rest
    }))
  },
  {
    name: 'somebody joins',
    direction: 'outgoing',
    shows: ['another event', 'message before the request, with a button', 'PATCH', 'missing process_outgoing_response'],
    script: 'welcome-event',
    integration: { alias: 'Porter', event: 'roomJoined' },
    calls: [
      {
        event: {
          name: 'roomJoined',
          data: { room: { _id: 'GENERAL', name: 'general', type: 'c' }, user: { _id: 'guestId', username: 'guest', name: 'Gus' } }
        },
        first: message({
          alias: 'Porter',
          text: 'Welcome to #general, Gus!',
          attachments: [{ title: 'Rules', title_link: 'https://chat.example/rules', actions: [{ type: 'button', text: 'Agreed', msg: 'I agree' }] }]
        }),
        sent: { method: 'PATCH', url: `${receiver}/hook`, headers: ofJson, body: { room: 'GENERAL', joined: 'guestId' } }
      },
      {
        event: {
          name: 'roomJoined',
          data: { room: { _id: 'GENERAL', name: 'general', type: 'c' }, user: { _id: 'rocket.cat', username: 'rocket.cat', type: 'bot' } }
        },
        step: 'after-prepare-no-opts'
      }
    ]
  },
  {
    name: 'a script that fails',
    direction: 'outgoing',
    shows: ['fetch', 'promise that is never settled', 'thrown error', 'error after the answer'],
    script: 'fails-outgoing',
    calls: [
      { event: said('fetch'), failed: { method: 'prepare_outgoing_request', reason: 'threw', error: /ReferenceError: fetch is not defined: scripts cannot call other servers; .* \(line 4, column \d+\)/ } },
      { event: said('wait'), failed: { method: 'prepare_outgoing_request', reason: 'pending', error: /never settled/ } },
      { event: said('before'), failed: { method: 'prepare_outgoing_request', reason: 'threw', error: /Error: before the request \(line 6, column \d+\)/ } },
      {
        event: said('after'),
        sent: { method: 'POST', url: `${receiver}/hook`, headers: ofJson, body: saidPayload('after') },
        // Not the usual reading either: the script was meant to choose.
        answer: json({ text: 'not to be shown' }),
        failed: { method: 'process_outgoing_response', reason: 'threw', error: /TypeError: .* \(line 11, column \d+\)$/ }
      }
    ]
  }
]
