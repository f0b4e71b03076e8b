import { accepted, type IncomingCase, json, message, refusedWith } from './case.ts'

const github = (event: string, content: object) => json({
  repository: { full_name: 'acme/gate', html_url: 'https://github.example/acme/gate' },
  sender: { login: 'ada', avatar_url: 'https://github.example/ada.png' },
  ...content
}, { 'x-github-event': event })

const ofGitHub = { alias: 'GitHub', avatar: 'https://github.example/ada.png' }

const gitlab = (event: string, content: object) => json(content, { 'x-gitlab-event': event })

const bitbucket = (event: string, content: object) => json({ repository: { name: 'gate' }, actor: { display_name: 'Ada' }, ...content }, { 'x-event-key': event })

const gitea = (event: string, content: object) => json(content, { 'x-gitea-event': event })

/** Repositories of source code. */
export const forges: readonly IncomingCase[] = [
  {
    name: 'GitHub, one function for each event',
    direction: 'incoming',
    shows: ['events by header', 'error object for other events', 'prototype of String extended', 'table filled one by one', 'nothing returned'],
    script: 'github-events',
    calls: [
      {
        ...github('push', {
          ref: 'refs/heads/feature/hinge',
          compare: 'https://github.example/acme/gate/compare/1...2',
          commits: [
            { id: '0123456789abcdef', url: 'https://github.example/c/1', message: 'Oil the hinge\n\nThe hinge squeaked.', author: { name: 'Ada' } },
            { id: 'fedcba9876543210', url: 'https://github.example/c/2', message: 'Paint the gate', author: { name: 'Bob' } }
          ]
        }),
        message: message({
          ...ofGitHub,
          text: '[acme/gate](https://github.example/acme/gate): ada pushed [2 commits](https://github.example/acme/gate/compare/1...2) to `feature/hinge`',
          attachments: [{
            color: '#24292e',
            text: '[0123456](https://github.example/c/1) Oil the hinge (Ada)\n[fedcba9](https://github.example/c/2) Paint the gate (Bob)'
          }]
        })
      },
      {
        ...github('issues', {
          action: 'opened',
          issue: { number: 7, title: 'The gate squeaks', html_url: 'https://github.example/i/7', body: 'Loudly.', labels: [{ name: 'bug' }, { name: 'noise' }] }
        }),
        message: message({
          ...ofGitHub,
          text: 'ada opened an issue',
          attachments: [{
            color: '#2cbe4e',
            author_name: '#7 The gate squeaks',
            author_link: 'https://github.example/i/7',
            text: 'Loudly.',
            fields: [{ title: 'Label', value: 'bug', short: true }, { title: 'Label', value: 'noise', short: true }]
          }]
        })
      },
      {
        ...github('pull_request', {
          action: 'closed',
          pull_request: {
            title: ' Oil the hinge ', html_url: 'https://github.example/p/8', merged: true, updated_at: '2026-07-16T09:30:00Z', head: { ref: 'hinge' }, base: { ref: 'main' }
          }
        }),
        message: message({
          ...ofGitHub,
          text: 'ada merged a pull request',
          attachments: [{ color: '#6f42c1', title: 'Oil the hinge', title_link: 'https://github.example/p/8', text: '`hinge` → `main`', ts: '2026-07-16T09:30:00Z' }]
        })
      },
      {
        ...json({ zen: 'Keep it logically awesome.', hook_id: 5 }, { 'x-github-event': 'ping' }),
        message: message({ alias: 'GitHub', text: 'Hook 5 is set up. Keep it logically awesome.' })
      },
      { ...github('issues', { action: 'labeled', issue: {} }) },
      { ...github('push', { deleted: true }) },
      { ...github('workflow_run', { action: 'completed' }), answer: refusedWith('Unsupported event workflow_run') }
    ]
  },
  {
    name: 'GitLab, nothing is declared',
    direction: 'incoming',
    shows: [
      'undeclared names in methods', 'undeclared name at the top', 'undeclared loop variables', 'undeclared names in patterns', 'false',
      'error of the script in the answer', 'console with an error'
    ],
    script: 'gitlab-undeclared',
    calls: [
      {
        ...gitlab('Push Hook', {
          user_name: 'Ada',
          user_avatar: 'https://gitlab.example/ada.png',
          ref: 'refs/heads/fix/hinge',
          project: { name: 'Gate' },
          commits: [{ id: '0123456789abcdef', message: 'Oil the hinge\n' }, { id: 'fedcba9876543210', message: 'Paint the gate' }]
        }),
        message: message({
          alias: 'GitLab',
          avatar: 'https://gitlab.example/ada.png',
          text: 'Ada pushed 2 commit(s) to Gate/fix/hinge',
          // Texts are trimmed.
          attachments: [{ color: '#6498CC', text: '- 01234567: Oil the hinge\n- fedcba98: Paint the gate' }]
        })
      },
      {
        ...gitlab('Merge Request Hook', {
          user: { name: 'Bob', avatar_url: '' },
          labels: [{ title: 'bug' }],
          object_attributes: { iid: 3, state: 'merged', title: 'Oil the hinge', url: 'https://gitlab.example/mr/3' }
        }),
        message: message({
          alias: 'GitLab', text: 'Bob merged !3', attachments: [{ title: 'Oil the hinge [bug]', title_link: 'https://gitlab.example/mr/3', color: 'good' }]
        })
      },
      {
        ...gitlab('Note Hook', {
          user: { name: 'Cyd' },
          project: { path_with_namespace: 'acme/doors/gate' },
          object_attributes: { note: 'Nice.', url: 'https://gitlab.example/n/1', noteable_type: 'Issue', line: 7 }
        }),
        message: message({
          text: 'Cyd wrote in doors/gate of acme: [Nice.](https://gitlab.example/n/1)',
          attachments: [{ color: '#aaa', fields: [{ title: 'noteable_type', value: 'Issue', short: true }, { title: 'line', value: '7', short: true }] }]
        })
      },
      { ...gitlab('Tag Push Hook', {}) },
      {
        ...gitlab('Pipeline Hook', { object_attributes: { status: 'failed' } }),
        answer: refusedWith('pipelin is not defined'),
        console: [{ level: 'log', text: 'gitlab event error ReferenceError: pipelin is not defined' }]
      }
    ]
  },
  {
    name: 'Bitbucket, a class expression',
    direction: 'incoming',
    shows: ['class expression in a variable', 'constructor and state of the instance', 'empty object', 'empty text', 'emoji and parseUrls', 'nested destructuring'],
    script: 'bitbucket-expression',
    calls: [
      {
        ...bitbucket('repo:push', {
          push: {
            changes: [{
              new: { name: 'main' },
              commits: [{ hash: '0123456789abcdef', message: 'Oil the hinge\n', links: { html: { href: 'https://bitbucket.example/c/1' } } }]
            }]
          }
        }),
        message: message({
          alias: 'Bitbucket gate', emoji: ':bucket:', parseUrls: false, text: '**Ada** pushed to main\n* [`0123456`](https://bitbucket.example/c/1) Oil the hinge'
        })
      },
      {
        ...bitbucket('repo:push', { push: { changes: [{ new: null, old: { name: 'hinge' } }] } }),
        message: message({ alias: 'Bitbucket gate', emoji: ':bucket:', parseUrls: false, text: '**Ada** removed hinge' })
      },
      {
        ...bitbucket('repo:commit_status_updated', { commit_status: { state: 'FAILED', name: 'Build 4', url: 'https://ci.example/4' } }),
        message: message({ alias: 'Bitbucket gate', emoji: ':bucket:', parseUrls: false, text: '[Build 4](https://ci.example/4) is *failed*' })
      },
      { ...bitbucket('repo:commit_status_updated', { commit_status: { state: 'SUCCESSFUL', name: 'Build 5', url: 'https://ci.example/5' } }) },
      { ...bitbucket('issue:created', {}) },
      // The script trusts the sender and throws.
      { ...bitbucket('repo:push', {}), failed: { reason: 'threw', error: /TypeError: / } }
    ]
  },
  {
    name: 'Gitea, the language of today',
    direction: 'incoming',
    shows: ['export class', 'private and static fields', 'optional chaining', 'Map and Set', 'another class beside', 'null'],
    script: 'gitea-module',
    integration: { emoji: ':tea:' },
    calls: [
      {
        ...gitea('issues', { action: 'created', sender: { login: 'ada' }, issue: { number: 12, title: 'The gate squeaks whenever somebody opens it slowly in the morning' } }),
        message: message({
          alias: 'Gitea', emoji: ':tea:', text: '**ada** opened issues 12\n> The gate squeaks whenever somebody opens it slowly in the m…'
        })
      },
      {
        ...gitea('release', { action: 'published', release: { tag_name: 'v2', assets: [{ name: 'gate.zip', size: 3_145_728 }, { name: 'gate.sig', size: 104_858 }] } }),
        message: message({ alias: 'Gitea', emoji: ':tea:', text: '**somebody** published release v2\n- gate.zip: 3.0 MiB\n- gate.sig: 0.1 MiB' })
      },
      {
        ...gitea('pull_request_sync', { action: 'synchronized' }),
        message: message({ alias: 'Gitea', emoji: ':tea:', text: '**somebody** updated pull request sync' })
      },
      { ...gitea('star', { action: 'created' }), answer: accepted }
    ]
  }
]
