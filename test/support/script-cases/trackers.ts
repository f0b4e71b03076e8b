import { type IncomingCase, json, message, refusedWith } from './case.ts'

const issue = (fields: object) => ({ key: 'GATE-7', fields: { summary: 'The gate squeaks', ...fields } })

const ofJira = { alias: 'Jira', avatar: 'https://jira.example/icon.png' }

const titled = { author_name: 'Ada', title: 'GATE-7: The gate squeaks', title_link: 'https://jira.example/browse/GATE-7' }

/** Issue trackers and reports of errors. */
export const trackers: readonly IncomingCase[] = [
  {
    name: 'Jira, changes of an issue',
    direction: 'incoming',
    shows: ['payload with a field named toString', 'true for what is ignored', 'try and catch around everything', 'regular expressions', 'prototype of String extended'],
    script: 'jira-changes',
    calls: [
      {
        ...json({
          webhookEvent: 'jira:issue_created', user: { displayName: 'Ada' }, issue: issue({ description: 'h2. Steps\nAsk [~bob.smith].\n{code:js}open(){code}' })
        }),
        message: message({
          ...ofJira, text: '*GATE-7* created', attachments: [{ ...titled, text: '## Steps\nAsk @bob.smith.\n```open()```', color: '#205081' }]
        })
      },
      {
        ...json({
          webhookEvent: 'jira:issue_updated',
          user: { displayName: 'Ada' },
          issue: issue({}),
          changelog: {
            items: [
              { field: 'status', fromString: 'Open', toString: 'In Progress' },
              { field: 'rank', fromString: '1', toString: '2' },
              { field: 'assignee', fromString: 'Bob', toString: null }
            ]
          },
          comment: { body: 'Oil\nhelps.' }
        }),
        message: message({
          ...ofJira,
          text: '*GATE-7* changed',
          attachments: [{
            ...titled,
            text: '> Oil\n> helps.',
            fields: [{ title: 'Status', value: 'Open → In Progress', short: true }, { title: 'Assignee', value: 'Bob → nobody', short: true }]
          }]
        })
      },
      {
        ...json({ webhookEvent: 'comment_created', issue: issue({}), comment: { body: 'Done.' } }),
        message: message({ ...ofJira, text: '*GATE-7* commented', attachments: [{ ...titled, author_name: 'Jira', text: '> Done.' }] })
      },
      { ...json({ webhookEvent: 'jira:issue_updated', issue: issue({}), changelog: { items: [{ field: 'rank', fromString: '1', toString: '2' }] } }) },
      { ...json({ webhookEvent: 'jira:version_released' }) },
      // The words of the engine, which the script hands on.
      { ...json({ webhookEvent: 'jira:issue_created', issue: { key: 'GATE-8' } }), answer: refusedWith("cannot read property 'summary' of undefined") }
    ]
  },
  {
    name: 'Taiga, a function and its prototype',
    direction: 'incoming',
    shows: ['function and prototype', 'one plain argument', 'var and ==', 'for…in'],
    script: 'taiga-prototype',
    integration: { avatar: '/avatar/taiga' },
    calls: [
      {
        ...json({
          action: 'change',
          type: 'userstory',
          by: { full_name: 'Ada' },
          data: { subject: 'Oil the hinge', permalink: 'https://taiga.example/us/3' },
          change: { comment: 'At last.', diff: { status: { from: 'New', to: 'Done' }, points: { from: 1, to: 2 } } }
        }),
        message: message({
          avatar: '/avatar/taiga',
          text: 'Ada changed user story [Oil the hinge](https://taiga.example/us/3)',
          attachments: [{
            color: '#83eede',
            text: 'At last.',
            fields: [{ title: 'status', value: 'New => Done', short: false }, { title: 'points', value: '1 => 2', short: false }]
          }]
        })
      },
      {
        ...json({ action: 'delete', type: 'task', by: { full_name: 'Bob' }, data: { subject: 'Buy oil', permalink: null } }),
        message: message({ avatar: '/avatar/taiga', text: 'Bob deleted task Buy oil' })
      },
      { ...json({ action: 'test', type: 'test', by: { full_name: 'Ada' }, data: {} }) }
    ]
  },
  {
    name: 'Sentry, exported for its own tests',
    direction: 'incoming',
    shows: ['module.exports and exports', 'attachments without a text', 'Date in UTC', 'a Date as a value', 'bare return'],
    script: 'sentry-exports',
    integration: { alias: 'Sentry', emoji: ':rotating_light:' },
    calls: [
      {
        ...json({
          project_name: 'gate',
          level: 'error',
          culprit: 'hinge.open',
          url: 'https://sentry.example/issues/5',
          event: {
            title: 'TypeError: the hinge is stuck', received: 1_784_194_200.25, tags: [['browser', 'Firefox'], ['os', 'Linux'], ['release', '1.2'], ['user', 'u1']]
          }
        }),
        message: message({
          alias: 'Sentry',
          emoji: ':rotating_light:',
          attachments: [{
            title: 'TypeError: the hinge is stuck',
            title_link: 'https://sentry.example/issues/5',
            color: '#e03e2f',
            text: '`hinge.open`',
            author_name: 'gate',
            ts: '2026-07-16T09:30:00.250Z',
            fields: [
              { title: 'browser', value: 'Firefox', short: true },
              { title: 'os', value: 'Linux', short: true },
              { title: 'release', value: '1.2', short: true },
              { title: 'Seen', value: '2026-07-16 09:30:00 UTC', short: false }
            ]
          }]
        })
      },
      { ...json({ action: 'created', installation: {} }) }
    ]
  }
]
