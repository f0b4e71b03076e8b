import { encoded, form, json, type SenderCase } from './case.ts'

const giteaHeaders = {
  ...json,
  'user-agent': 'Go-http-client/1.1',
  'x-gitea-delivery': 'f6266f16-1bf3-46a5-9ea4-602e06ead473',
  'x-gitea-event': 'push',
  'x-gitea-signature': '',
  'x-gogs-delivery': 'f6266f16-1bf3-46a5-9ea4-602e06ead473',
  'x-gogs-event': 'push',
  'x-github-delivery': 'f6266f16-1bf3-46a5-9ea4-602e06ead473',
  'x-github-event': 'push',
  'x-hub-signature': 'sha1=',
  'x-hub-signature-256': 'sha256='
}

/** Forges and trackers. */
export const forges: readonly SenderCase[] = [
  {
    product: 'Gitea, type Slack',
    headers: giteaHeaders,
    body: '{\n  "channel": "#dev",\n  "text": "[\\u003chttps://git.example/ann/shop|ann/shop\\u003e:\\u003chttps://git.example/ann/shop/src/branch/main|main\\u003e] 1 new commit pushed by \\u003chttps://git.example/ann|ann\\u003e",\n  "username": "",\n  "icon_url": "",\n  "unfurl_links": 0,\n  "link_names": 0,\n  "attachments": [\n    {\n      "fallback": "",\n      "color": "ff9800",\n      "title": "ann",\n      "title_link": "https://git.example/ann",\n      "text": "\\u003chttps://git.example/c/1|ab12\\u003e: fix \\u0026amp; test - ann",\n      "fields": null\n    }\n  ]\n}',
    profile: 'slack',
    message: {
      text: '[[ann/shop](https://git.example/ann/shop):[main](https://git.example/ann/shop/src/branch/main)] 1 new commit pushed by [ann](https://git.example/ann)',
      attachments: [{
        color: 'ff9800',
        title: 'ann',
        title_link: 'https://git.example/ann',
        text: '[ab12](https://git.example/c/1): fix & test - ann'
      }]
    },
    wants: 'text ok'
  },
  {
    product: 'Forgejo, type Slack, without attachments',
    headers: giteaHeaders,
    body: '{\n  "channel": "dev",\n  "text": "[\\u003chttps://git.example/ann/shop|ann/shop\\u003e] Issue opened: #3 crash",\n  "username": "Forgejo",\n  "icon_url": "https://git.example/i.png",\n  "unfurl_links": 0,\n  "link_names": 0,\n  "attachments": null\n}',
    message: {
      text: '[<https://git.example/ann/shop|ann/shop>] Issue opened: #3 crash',
      alias: 'Forgejo',
      avatar: 'https://git.example/i.png'
    },
    wants: '2xx'
  },
  {
    product: 'Gitea, generic JSON',
    headers: giteaHeaders,
    body: '{\n  "ref": "refs/heads/main",\n  "before": "1",\n  "commits": [{"id": "2", "message": "fix"}],\n  "repository": {"full_name": "ann/shop"},\n  "pusher": {"login": "ann"}\n}',
    refused: 'error-no-message',
    content: ['repository.full_name', 'ann/shop'],
    wants: '2xx'
  },
  {
    product: 'Gitea, generic form',
    headers: { ...giteaHeaders, ...form },
    body: encoded('{\n  "ref": "refs/heads/main",\n  "repository": {\n    "full_name": "ann/shop"\n  }\n}'),
    refused: 'error-no-message',
    content: ['repository.full_name', 'ann/shop'],
    wants: '2xx'
  },
  {
    product: 'Gogs, type Slack',
    headers: { ...json, 'user-agent': 'GogsServer', 'x-github-delivery': 'a', 'x-github-event': 'push', 'x-gogs-delivery': 'a', 'x-gogs-event': 'push' },
    body: '{\n  "channel": "#dev",\n  "text": "[\\u003chttps://gogs.example/ann/shop|ann/shop\\u003e:\\u003chttps://gogs.example/b|main\\u003e] 2 new commits pushed by ann",\n  "username": "gogs",\n  "icon_url": "https://gogs.example/i.png",\n  "unfurl_links": 0,\n  "link_names": 0,\n  "attachments": [\n    {\n      "fallback": "",\n      "color": "#2eb886",\n      "title": "",\n      "text": "\\u003chttps://gogs.example/c|ab1\\u003e: one - ann"\n    }\n  ]\n}',
    message: {
      text: '[<https://gogs.example/ann/shop|ann/shop>:<https://gogs.example/b|main>] 2 new commits pushed by ann',
      alias: 'gogs',
      avatar: 'https://gogs.example/i.png',
      attachments: [{ color: '#2eb886', text: '<https://gogs.example/c|ab1>: one - ann' }]
    },
    wants: '2xx'
  },
  {
    product: 'GitLab Slack integration, push',
    headers: { ...form, 'user-agent': 'Ruby', accept: '*/*' },
    body: 'payload=%7B%22text%22%3A%22Ann%20%28ann%29%20pushed%20to%20branch%20%3Chttps%3A%2F%2Fgl.example%2Fshop%2Fcommits%2Fmain%7Cmain%3E%20of%20%3Chttps%3A%2F%2Fgl.example%2Fshop%7CShop%3E%22%2C%22channel%22%3A%22%23dev%22%2C%22username%22%3A%22GitLab%22%2C%22icon_url%22%3Anull%2C%22attachments%22%3A%5B%7B%22text%22%3A%22%3Chttps%3A%2F%2Fgl.example%2Fc%2F1%7Cab12%3E%3A%201%2B1%20%26amp%3B%20more%20-%20Ann%22%2C%22color%22%3A%22%23345%22%7D%5D%7D',
    profile: 'slack',
    message: {
      text: 'Ann (ann) pushed to branch [main](https://gl.example/shop/commits/main) of [Shop](https://gl.example/shop)',
      alias: 'GitLab',
      attachments: [{ color: '#345', text: '[ab12](https://gl.example/c/1): 1+1 & more - Ann' }]
    },
    wants: 'text ok'
  },
  {
    product: 'GitLab Slack integration, pipeline',
    headers: { ...form, 'user-agent': 'Ruby' },
    body: encoded('{"fallback":"Pipeline #7 has failed","text":"","username":"GitLab","attachments":[{"fallback":"Pipeline #7 has failed","color":"danger","author_name":"Ann","author_icon":"https://gl.example/a.png","author_link":"https://gl.example/ann","title":"Pipeline #7 has failed in 01:02","title_link":"https://gl.example/p/7","fields":[{"title":"Branch","value":"main","short":true}],"footer":"Shop","footer_icon":null,"ts":1767225600}]}').replaceAll('+', '%20'),
    message: {
      alias: 'GitLab',
      attachments: [{
        fallback: 'Pipeline #7 has failed',
        color: 'danger',
        author_name: 'Ann',
        author_icon: 'https://gl.example/a.png',
        author_link: 'https://gl.example/ann',
        title: 'Pipeline #7 has failed in 01:02',
        title_link: 'https://gl.example/p/7',
        fields: [{ title: 'Branch', value: 'main', short: true }],
        footer: 'Shop',
        ts: 1767225600
      }]
    },
    wants: '2xx'
  },
  {
    product: 'GitLab Mattermost integration',
    headers: { ...form, 'user-agent': 'Ruby' },
    body: encoded('{"text":"Ann opened issue [#3 crash](https://gl.example/i/3)","channel":"town-square","username":"GitLab","attachments":[]}').replaceAll('+', '%20'),
    profile: 'mattermost',
    message: { text: 'Ann opened issue [#3 crash](https://gl.example/i/3)', alias: 'GitLab' },
    wants: 'text ok'
  },
  {
    product: 'GitLab webhook',
    headers: { ...json, 'user-agent': 'GitLab/17.2.0', 'x-gitlab-event': 'Push Hook', 'idempotency-key': '7f1f', 'x-gitlab-event-uuid': 'u' },
    body: '{"object_kind":"push","event_name":"push","ref":"refs/heads/main","user_username":"ann","project":{"name":"Shop"},"commits":[]}',
    refused: 'error-no-message',
    content: ['project.name', 'Shop'],
    wants: '2xx'
  },
  {
    product: 'GitLab webhook, custom template',
    headers: { ...json, 'x-gitlab-event': 'Push Hook' },
    body: '{"text":"push by ann"}',
    message: { text: 'push by ann' },
    wants: '2xx'
  },
  {
    product: 'GitHub, ping in JSON',
    headers: { ...json, 'user-agent': 'GitHub-Hookshot/044aadd', 'x-github-event': 'ping', 'x-github-delivery': '72d3162e' },
    body: '{"zen":"Keep it logically awesome.","hook_id":1,"hook":{"type":"Repository"},"repository":{"full_name":"ann/shop"}}',
    refused: 'error-no-message',
    content: ['zen', 'Keep it logically awesome.'],
    wants: '2xx'
  },
  {
    product: 'GitHub, issue in a form',
    headers: { ...form, 'user-agent': 'GitHub-Hookshot/044aadd', 'x-github-event': 'issues' },
    body: encoded('{"action":"opened","issue":{"number":3,"title":"a & b","body":null},"repository":{"full_name":"ann/shop"}}'),
    refused: 'error-no-message',
    content: ['issue.title', 'a & b'],
    wants: '2xx'
  },
  {
    product: 'Bitbucket Cloud',
    headers: { ...json, 'user-agent': 'Bitbucket-Webhooks/2.0', 'x-event-key': 'repo:push', 'x-request-uuid': 'r', 'x-attempt-number': '1' },
    body: '{"push":{"changes":[]},"repository":{"full_name":"ann/shop"},"actor":{"display_name":"Ann"}}',
    refused: 'error-no-message',
    content: ['actor.display_name', 'Ann'],
    wants: '2xx'
  },
  {
    product: 'Jira',
    headers: { 'content-type': 'application/json; charset=UTF-8', 'x-atlassian-webhook-identifier': 'w' },
    body: '{"timestamp":1767225600000,"webhookEvent":"jira:issue_updated","issue":{"key":"SHOP-7","fields":{"summary":"Größe"}},"changelog":{"items":[{"field":"status","toString":"Done"}]}}',
    refused: 'error-no-message',
    content: ['issue.fields.summary', 'Größe'],
    wants: '2xx'
  }
]
