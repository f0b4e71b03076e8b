import { once } from 'node:events'
import t, { type Test, test } from 'tap'
import winston from 'winston'
import SlackHook from 'winston-slack-webhook-transport'
import { Example } from '../support/example.ts'
import { Hook } from '../support/hook.ts'

const example = await Example.start(t, 'standalone')

for (const profile of ['', '/slack', '/mattermost']) {
  test(`winston-slack-webhook-transport posts lines of a log${profile && ` to ${profile}`}`, async (t) => {
    const hook = await Hook.create(example, { emoji: ':robot:' })
    const transport = new SlackHook({ webhookUrl: hook.url + profile, emitAxiosErrors: true })
    await logged(t, transport, 'warn', 'R&D: disk 100% full <now>')
    const card = new SlackHook({
      webhookUrl: hook.url + profile,
      username: 'shop',
      iconEmoji: ':fire:',
      emitAxiosErrors: true,
      formatter: ({ message }) => ({ attachments: [{ text: message, color: 'danger' }] })
    })
    await logged(t, card, 'error', 'payment failed')
    t.match(await hook.messages(), [
      // This sender sends every unused field as an empty text: the emoji is that of the integration.
      { msg: 'warn: R&D: disk 100% full <now>', emoji: ':robot:', alias: undefined },
      { msg: '', alias: 'shop', emoji: ':fire:', attachments: [{ text: 'payment failed', color: 'danger' }] }
    ])
  })
}

test('winston-slack-webhook-transport reports a refusal', async (t) => {
  const hook = await Hook.create(example)
  const { url, integration } = hook
  const cases: ReadonlyArray<readonly [options: SlackHook.SlackHookOptions, status: number, data: unknown]> = [
    [{ webhookUrl: url.replace(integration.token, 'wrong') }, 404, { success: false, error: 'Invalid integration id or token provided.' }],
    [{ webhookUrl: url, formatter: () => ({ text: '' }) }, 400, {
      success: false, error: /^There is nothing to post: the payload has no text, msg, blocks or attachments/, errorType: 'error-no-message'
    }],
    [{ webhookUrl: url, channel: '#operations' }, 400, {
      success: false, error: 'overriding destination channel is disabled for this integration'
    }]
  ]
  for (const [options, status, data] of cases) {
    const transport = new SlackHook({ ...options, emitAxiosErrors: true })
    const failed = once(transport, 'error')
    loggerOf(t, transport).error('x')
    t.match((await failed)[0], { isAxiosError: true, response: { status, data } })
  }
  t.strictSame(await hook.messages(), [])
})

function loggerOf (t: Test, transport: SlackHook): winston.Logger {
  const logger = winston.createLogger({ transports: [transport] })
  t.teardown(() => logger.close())
  // Errors of the transport come here, too.
  logger.on('error', () => {})
  return logger
}

/** Logs a line and waits until the transport says that it is sent. */
async function logged (t: Test, transport: SlackHook, level: 'warn' | 'error', message: string): Promise<void> {
  const sent = once(transport, 'logged')
  loggerOf(t, transport)[level](message)
  t.match(await sent, [{ message }])
}
