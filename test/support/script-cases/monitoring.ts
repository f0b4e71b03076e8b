import { createHmac } from 'node:crypto'
import { type IncomingCase, json, logged, message } from './case.ts'

const firing = {
  status: 'firing',
  externalURL: 'https://am.example',
  commonLabels: { job: 'node' },
  alerts: [
    { status: 'firing', labels: { alertname: 'DiskFull', instance: 'web1' }, annotations: { summary: '95 % used' }, startsAt: '2026-07-16T09:30:00.123Z' },
    { status: 'resolved', labels: { alertname: 'LoadHigh', instance: 'web2' }, annotations: { description: 'load 12' }, startsAt: '2026-07-16T09:00:00Z' }
  ]
}

const resolved = {
  status: 'resolved',
  externalURL: 'https://am.example',
  commonLabels: {},
  alerts: [{ status: 'resolved', labels: { alertname: 'DiskFull', instance: 'web1' }, annotations: { summary: '95 % used' }, startsAt: '2026-07-16T09:30:00.123Z' }]
}

const grafana = (content: object) => json({ state: 'alerting', title: '[Alerting] CPU', ruleUrl: 'https://grafana.example/r/1', message: 'CPU is high', ...content })

const grafanaRule = { text: 'CPU is high', title: 'Rule', title_link: 'https://grafana.example/r/1' }

const text = { 'content-type': 'text/plain; charset=utf-8' }

/** SNS has no other content type. */
const sns = (notification: object) => ({ headers: { ...text, 'x-amz-sns-message-type': 'Notification' }, body: JSON.stringify({ MessageId: 'n1', ...notification }) })

const linear = JSON.stringify({ action: 'create', type: 'Issue', data: { title: 'The gate squeaks – größer' }, url: 'https://linear.example/GATE-7' })

const signed = (body: string, secret: string) => ({
  headers: { 'content-type': 'application/json; charset=utf-8', 'linear-signature': createHmac('sha256', secret).update(body).digest('hex') },
  body
})

/** Alerts, logs and watchers. */
export const monitoring: readonly IncomingCase[] = [
  {
    name: 'Alertmanager, undeclared loop variable',
    direction: 'incoming',
    shows: ['undeclared loop variable read after the loop', 'console with the whole payload', 'fields', 'button'],
    script: 'alertmanager-undeclared',
    calls: [
      {
        ...json(firing),
        message: message({
          alias: 'Alertmanager',
          attachments: [{
            color: 'danger',
            title: '[FIRING:2] node',
            title_link: 'https://am.example',
            fields: [
              { title: 'DiskFull', value: '*instance:* web1\n*summary:* 95 % used', short: false },
              { title: 'Since', value: '2026-07-16 09:30', short: true },
              { title: 'LoadHigh', value: '*instance:* web2\n*summary:* load 12', short: false }
            ],
            actions: [{ type: 'button', text: 'Silence', url: 'https://am.example/#/silences/new?filter=%7Balertname%3D%22LoadHigh%22%7D' }]
          }]
        }),
        console: logged(JSON.stringify(firing))
      },
      {
        ...json(resolved),
        message: message({
          alias: 'Alertmanager',
          attachments: [{
            color: 'good',
            title: '[RESOLVED]',
            title_link: 'https://am.example',
            fields: [{ title: 'DiskFull', value: '*instance:* web1\n*summary:* 95 % used', short: false }]
          }]
        }),
        console: logged(JSON.stringify(resolved))
      }
    ]
  },
  {
    name: 'Grafana, the channel in the query',
    direction: 'incoming',
    shows: ['async method and for await of values', 'query of the URL', 'channel chosen by the script', 'number as the value of a field'],
    script: 'grafana-channel',
    integration: { alias: 'Grafana', overrideDestinationChannelEnabled: true },
    calls: [
      {
        ...grafana({ imageUrl: 'https://grafana.example/1.png', evalMatches: [{ metric: 'cpu', value: 91.23456, tags: { host: 'web1', dc: 'a' } }, { metric: 'load', value: 7, tags: null }] }),
        query: 'channel=%23general&wait=false',
        message: message({
          alias: 'Grafana',
          text: '🔥 [Alerting] CPU',
          attachments: [{
            ...grafanaRule,
            image_url: 'https://grafana.example/1.png',
            fields: [{ title: 'cpu {host=web1 dc=a}', value: '91.23', short: true }, { title: 'load', value: '7', short: true }]
          }]
        }),
        to: ['#general']
      },
      {
        ...grafana({ state: 'ok', title: '[OK] CPU' }),
        query: 'channel=@guest&channel=%23general',
        message: message({ alias: 'Grafana', text: '✅ [OK] CPU', attachments: [grafanaRule] }),
        to: ['@guest', '#general']
      },
      { ...grafana({ state: 'paused' }), message: message({ alias: 'Grafana', text: '❔ [Alerting] CPU', attachments: [grafanaRule] }) },
      { ...grafana({ state: 'no_data' }), query: 'mute=no_data' },
      { ...grafana({ state: 'ok' }), query: 'channel=%23general&mute=no_data&mute=ok' }
    ]
  },
  {
    name: 'Zabbix, lines of text',
    direction: 'incoming',
    shows: ['text as the content', 'named groups and look-behind', 'exec in a loop', 'single attachment', 'fields as an object', 'empty text'],
    script: 'zabbix-text',
    integration: { alias: 'Zabbix' },
    calls: [
      {
        headers: text,
        body: 'Trigger: Disk is full on /var \nStatus: PROBLEM\nHost: db1\nSeverity: High\t\nItem value: 98.5 %\nnothing here\n',
        message: message({
          alias: 'Zabbix',
          text: ':warning: Disk is full on /var',
          attachments: [{
            color: '#E97659',
            fields: [{ title: 'Host', value: 'db1' }, { title: 'Severity', value: 'High' }, { title: 'Last value', value: '98.5 %' }]
          }]
        })
      },
      {
        body: 'Trigger: Disk is full on /var\nStatus: ok\nHost: db1\nSeverity: High',
        message: message({
          alias: 'Zabbix',
          text: ':white_check_mark: Disk is full on /var',
          attachments: [{ color: 'good', fields: [{ title: 'Host', value: 'db1' }, { title: 'Severity', value: 'High' }] }]
        })
      },
      { headers: text, body: 'Status: hello world', console: [{ level: 'warn', text: 'no trigger in 19 characters ["Status"]' }] }
    ]
  },
  {
    name: 'UptimeRobot, everything in the URL',
    direction: 'incoming',
    shows: ['query of the URL', 'no body', 'content is undefined', 'custom fields', 'path of the URL'],
    script: 'uptimerobot-query',
    calls: [
      {
        query: 'monitorURL=https%3A%2F%2Fshop.example%2F&monitorFriendlyName=Shop&alertType=1&alertDetails=Connection+timeout',
        message: message({
          alias: 'UptimeRobot', emoji: ':sos:', text: '[Shop](https://shop.example/) is down: Connection timeout', customFields: { hook: 'hooks', integration: true }
        })
      },
      {
        query: 'monitorURL=https://shop.example&monitorFriendlyName=Shop%20%26%20co&alertType=2&alertDetails=OK%20(200)&alertDuration=620',
        message: message({
          alias: 'UptimeRobot', emoji: ':up:', text: '[Shop & co](https://shop.example) is up after 10 min: OK (200)', customFields: { hook: 'hooks', integration: true }
        })
      },
      { query: 'alertType=1', body: '{}', answer: { status: 400, body: { success: false, error: 'a body was not expected' } } }
    ]
  },
  {
    name: 'Updown, a list of events',
    direction: 'incoming',
    shows: ['array as the content', 'false by a condition', 'error object for a wrong body'],
    script: 'updown-list',
    calls: [
      {
        ...json([
          { event: 'check.down', check: { url: 'https://shop.example' }, downtime: { error: '502' } },
          { event: 'check.ssl_valid', check: { url: 'https://shop.example' } },
          { event: 'check.up', check: { url: 'https://api.example', alias: 'API' }, downtime: { duration: 61 } }
        ]),
        message: message({ text: ':red_circle: https://shop.example: 502\n:green_circle: API was away for 61 s', parseUrls: false })
      },
      { ...json([{ event: 'check.ssl_valid', check: { url: 'https://shop.example' } }]) },
      { ...json([]) },
      {
        ...json({ event: 'check.up' }),
        answer: { status: 400, body: { success: false, error: 'a list was expected', message: 'a list was expected', got: 'object' } }
      },
      {
        ...json(5),
        answer: { status: 400, body: { success: false, error: 'a list was expected', message: 'a list was expected', got: 'number' } }
      }
    ]
  },
  {
    name: 'CloudWatch by SNS, JSON that is called text',
    direction: 'incoming',
    shows: ['JSON.parse of content_raw', 'JSON.parse of a parsed content', 'JSON in a field', 'nothing returned after console', 'let for everything'],
    script: 'sns-text',
    integration: { alias: 'AWS' },
    calls: [
      { ...sns({ Type: 'SubscriptionConfirmation', SubscribeURL: 'https://sns.example/confirm' }), console: logged('confirm the subscription: https://sns.example/confirm') },
      {
        ...sns({
          Type: 'Notification',
          Subject: 'ALARM: "queue"',
          Message: JSON.stringify({
            AlarmName: 'queue',
            NewStateValue: 'ALARM',
            Region: 'EU (Frankfurt)',
            StateChangeTime: '2026-07-16T09:30:00.000+0000',
            Trigger: { Namespace: 'AWS/SQS', MetricName: 'Age', Threshold: 300 }
          })
        }),
        message: message({
          alias: 'AWS',
          text: 'queue: ALARM',
          attachments: [{
            color: 'danger', author_name: 'EU (Frankfurt)', fields: [{ title: 'AWS/SQS/Age', value: '300', short: true }], ts: '2026-07-16T09:30:00.000+0000'
          }]
        })
      },
      { ...sns({ Type: 'Notification', Subject: 'Backup', Message: 'All well.' }), message: message({ alias: 'AWS', text: '*Backup*\nAll well.' }) }
    ]
  },
  {
    name: 'syslog, the helpers of Rocket.Chat',
    direction: 'incoming',
    shows: ['ten functions of s', 'text as the content', 'markup in a text'],
    script: 'syslog-helpers',
    calls: [
      {
        headers: text,
        body: '  cron@db1: <b>warn</b> the backup wrote 1234567 bytes to the disk of the shelf  ',
        // Forty characters, the dots included.
        message: message({ alias: 'Db1', text: '`warn...` the backup wrote 1,234,567 bytes to t...' })
      },
      { headers: text, body: 'sshd@web1: info hello', message: message({ alias: 'Web1', text: '`info...` hello' }) },
      { headers: text, body: 'critical@x: emergency all is lost', message: message({ alias: 'X', text: '`emergency` all is lost' }) }
    ]
  },
  {
    name: 'Linear, the signature checked by hand',
    direction: 'incoming',
    shows: ['HMAC-SHA-256 over content_raw', 'typed arrays', 'work at the top', 'functions beside the class', 'error as a text'],
    script: 'linear-signature',
    calls: [
      { ...signed(linear, 'lin_wh_secret'), message: message({ alias: 'Linear', text: 'Issue [The gate squeaks – größer](https://linear.example/GATE-7): create' }) },
      // Blanks count as well.
      { ...signed(`${linear}\n`, 'lin_wh_secret'), message: message({ alias: 'Linear', text: 'Issue [The gate squeaks – größer](https://linear.example/GATE-7): create' }) },
      { ...signed(linear, 'another secret'), answer: { status: 400, body: { success: false, error: 'the signature is wrong' } } },
      { ...json({ action: 'create' }), answer: { status: 400, body: { success: false, error: 'the signature is wrong' } } }
    ]
  }
]
