import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook'
import t, { test } from 'tap'
import { Example } from '../support/example.ts'
import { Hook } from '../support/hook.ts'

const example = await Example.start(t, 'standalone')

const card = {
  text: 'Deploy of <https://shop.example/?a=1&amp;b=2|shop> &amp; docs done <!here>',
  username: 'Deploys',
  icon_emoji: ':rocket:',
  attachments: [{ color: 'good', title: 'shop', title_link: 'https://shop.example/', fields: [{ title: 'Version', value: '4.2', short: true }] }]
}

test('@slack/webhook posts to a hook for Slack', async (t) => {
  const hook = await Hook.create(example)
  const { url, integration } = hook
  t.strictSame(await new IncomingWebhook(`${url}/slack`).send(card), { text: 'ok' })
  t.strictSame(await new IncomingWebhook(`${url}/SLACK/`, { username: 'Ops' }).send('disk full'), { text: 'ok' })
  t.strictSame(await new IncomingWebhook(`${url}/slack`).send({
    blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Deploy' } }, { type: 'section', text: { type: 'mrkdwn', text: 'by <@U1>' } }]
  }), { text: 'ok' })
  const [first, second, third, ...others] = await hook.messages()
  t.match(first, {
    msg: 'Deploy of [shop](https://shop.example/?a=1&b=2) & docs done @here',
    alias: 'Deploys',
    emoji: ':rocket:',
    u: { username: 'rocket.cat' },
    bot: { i: integration._id },
    attachments: [{ color: 'good', title: 'shop', title_link: 'https://shop.example/', fields: [{ title: 'Version', value: '4.2', short: true }] }]
  })
  t.match(second, { msg: 'disk full', alias: 'Ops' })
  t.match(third, { msg: '*Deploy*\n\nby @U1' })
  t.strictSame(others, [])
})

test('@slack/webhook posts to a hook without a profile', async (t) => {
  const hook = await Hook.create(example)
  t.strictSame(JSON.parse((await new IncomingWebhook(hook.url).send({ ...card, text: 'done' })).text), { success: true, ok: true })
  t.match(await hook.messages(), [{ msg: 'done', alias: 'Deploys', emoji: ':rocket:', attachments: [{ title: 'shop' }] }])
})

test('@slack/webhook reports what Slack would answer', async (t) => {
  const hook = await Hook.create(example)
  const { url, integration } = hook
  const slack = `${url}/slack`
  const cases: ReadonlyArray<readonly [url: string, message: object, status: number, word: string]> = [
    [slack.replace(integration.token, 'wrong'), { text: 'hi' }, 404, 'no_service'],
    [slack.replace(integration._id, 'wrong'), { text: 'hi' }, 404, 'no_service'],
    [slack, { text: '' }, 400, 'no_text'],
    [slack, { text: 'hi', attachments: [], channel: '#operations' }, 403, 'action_prohibited']
  ]
  for (const [url, message, status, word] of cases) {
    const error: unknown = await new IncomingWebhook(url).send(message).catch((error: unknown) => error)
    if (!(error instanceof IncomingWebhookHTTPError)) throw t.fail(`another error: ${error}`)
    t.match(error, { statusCode: status, body: word, message: new RegExp(`${status}`) })
  }
  t.strictSame(await hook.messages(), [])
})
