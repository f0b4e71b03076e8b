import { DiscordAPIError, REST } from '@discordjs/rest'
import t, { test } from 'tap'
import { Example } from '../support/example.ts'
import { Hook } from '../support/hook.ts'

const example = await Example.start(t, 'standalone')
const rest = new REST({ api: `${example.address}/hooks`, retries: 0 })
t.teardown(() => {
  rest.clearHashSweeper()
  rest.clearHandlerSweeper()
})

type Route = Parameters<REST['post']>[0]

function routeOf ({ _id, token }: { readonly _id: string, readonly token: string }): Route {
  return `/${_id}/${token}/discord`
}

/** The hook needs no bot token, and its path no version of Discord's API. */
const plain = { auth: false, versioned: false }

test('@discordjs/rest posts to a hook for Discord', async (t) => {
  const hook = await Hook.create(example)
  const { integration } = hook
  const route = routeOf(integration)
  const embed = {
    title: 'Disk full',
    url: 'https://monitor.example/42',
    description: 'on **db-1**',
    color: 0xFF0000,
    author: { name: 'Monitor' },
    fields: [{ name: 'Free', value: '2 %', inline: true }],
    footer: { text: 'rack 7' }
  }
  const posted: unknown = await rest.post(route, {
    ...plain, query: new URLSearchParams({ wait: 'true' }), body: { content: 'look', username: 'Ops', avatar_url: 'https://x.example/a.png', embeds: [embed] }
  })
  const [first, ...none] = await hook.messages()
  t.match(posted, { id: first?._id, content: 'look', channel_id: 'general', timestamp: /^\d{4}-/ })
  t.match(first, {
    msg: 'look',
    alias: 'Ops',
    avatar: 'https://x.example/a.png',
    bot: { i: integration._id },
    attachments: [{
      title: 'Disk full',
      title_link: 'https://monitor.example/42',
      text: 'on **db-1**',
      color: '#ff0000',
      author_name: 'Monitor',
      fields: [{ title: 'Free', value: '2 %', short: true }],
      footer: 'rack 7'
    }]
  })
  t.strictSame(none, [])
  t.match(await rest.get(route, plain), { id: integration._id, name: 'testHook' }, 'it looks at the hook first, if it likes')

  // A file makes it send a form of several parts; the file itself is ignored.
  await rest.post(route, { ...plain, body: { content: 'with a file' }, files: [{ name: 'a.txt', data: Buffer.from('{"content":"not this"}') }] })
  t.match(await hook.messages(), [{}, { msg: 'with a file' }])
})

test('@discordjs/rest reports what Discord would answer', async (t) => {
  const hook = await Hook.create(example)
  const { integration } = hook
  const route = routeOf(integration)
  const cases: ReadonlyArray<readonly [route: Route, body: object, error: object]> = [
    [routeOf({ ...integration, token: 'wrong' }), { content: 'hi' }, { status: 404, code: 10015, message: 'Unknown Webhook' }],
    [route, { content: '' }, { status: 400, code: 50006, message: 'Cannot send an empty message' }],
    [route, { content: 'hi', channel: '#operations' }, { status: 400, code: 50013, message: 'Missing Permissions' }]
  ]
  for (const [route, body, expected] of cases) {
    const error: unknown = await rest.post(route, { ...plain, body }).catch((error: unknown) => error)
    if (!(error instanceof DiscordAPIError)) throw t.fail(`another error: ${error}`)
    t.match(error, expected)
  }
  t.strictSame(await hook.messages(), [])
})
