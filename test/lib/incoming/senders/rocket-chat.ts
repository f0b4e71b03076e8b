import { encoded, form, json, type SenderCase } from './case.ts'

/** Senders that were built for Rocket.Chat. */
export const rocketChat: readonly SenderCase[] = [
  {
    product: 'Ansible community.general.rocketchat',
    headers: { ...json, 'user-agent': 'ansible-httpget', connection: 'close' },
    body: '{"text": "deploy of web-1 done \\u2713", "channel": "#ops", "username": "Ansible", "icon_url": "https://docs.ansible.com/favicon.ico", "link_names": 1}',
    message: { text: 'deploy of web-1 done ✓', alias: 'Ansible', avatar: 'https://docs.ansible.com/favicon.ico' },
    wants: '200'
  },
  {
    product: 'Ansible community.general.rocketchat, with a colour',
    headers: json,
    body: '{"attachments": [{"text": "deploy failed", "color": "danger"}], "username": "Ansible", "icon_url": "https://docs.ansible.com/favicon.ico", "link_names": 1}',
    message: { alias: 'Ansible', avatar: 'https://docs.ansible.com/favicon.ico', attachments: [{ text: 'deploy failed', color: 'danger' }] },
    wants: '200'
  },
  {
    product: 'Ansible community.general.rocketchat, is_pre740',
    headers: form,
    body: 'payload={"text": "R&D: 100% of a+b=c &amp; %41", "channel": "#ops", "username": "Ansible", "icon_url": "https://docs.ansible.com/favicon.ico", "link_names": 1}',
    message: { text: 'R&D: 100% of a+b=c &amp; %41', alias: 'Ansible', avatar: 'https://docs.ansible.com/favicon.ico' },
    wants: '200'
  },
  {
    product: 'AWX',
    headers: { ...json, 'user-agent': 'AWX 24.6.1 (open)' },
    body: '{"text": "Job #42 \'backup\' failed: https://awx.example/#/jobs/playbook/42", "username": "awx"}',
    message: { text: "Job #42 'backup' failed: https://awx.example/#/jobs/playbook/42", alias: 'awx' },
    wants: '2xx'
  },
  {
    product: 'Uptime Kuma, Rocket.Chat',
    headers: { ...json, 'user-agent': 'axios/0.32.0', 'accept-encoding': 'gzip, compress, deflate, br' },
    body: '{"text":"Uptime Kuma Alert","channel":"","username":"","icon_emoji":"","attachments":[{"title":"Uptime Kuma Alert *Time (UTC)*\\n2026-08-01 10:00:00","text":"*Message*\\n[shop] [🔴 Down] timeout","color":"#ff0000","title_link":"https://kuma.example/dashboard/3"}]}',
    message: {
      text: 'Uptime Kuma Alert',
      attachments: [{
        color: '#ff0000',
        title: 'Uptime Kuma Alert *Time (UTC)*\n2026-08-01 10:00:00',
        title_link: 'https://kuma.example/dashboard/3',
        text: '*Message*\n[shop] [🔴 Down] timeout'
      }]
    },
    wants: '2xx'
  },
  {
    product: 'Jenkins rocketchatnotifier',
    headers: json,
    body: '{"channel":"#builds","text":"shop - #17 Success after 3 min","emoji":":sunny:","alias":"Jenkins","attachments":[{"color":"green","title":"shop #17","title_link":"https://ci.example/job/my shop/17/","collapsed":false,"fields":[]}]}',
    message: {
      text: 'shop - #17 Success after 3 min',
      alias: 'Jenkins',
      emoji: ':sunny:',
      attachments: [{ color: 'green', title: 'shop #17', title_link: 'https://ci.example/job/my%20shop/17/', collapsed: false }]
    },
    wants: 'JSON success'
  },
  {
    product: 'LibreNMS',
    headers: json,
    body: '{"attachments":[{"fallback":"Device router1 is down","color":"#ff0000","title":"Alert: Devices up\\/down","text":"Severity: critical \\u2022 https:\\/\\/nms.example\\/device\\/1"}],"channel":null,"username":null,"icon_url":null,"icon_emoji":null}',
    integration: { alias: 'LibreNMS', emoji: ':satellite:' },
    message: {
      alias: 'LibreNMS',
      emoji: ':satellite:',
      attachments: [{
        fallback: 'Device router1 is down',
        color: '#ff0000',
        title: 'Alert: Devices up/down',
        text: 'Severity: critical • https://nms.example/device/1'
      }]
    },
    wants: '200'
  },
  {
    product: 'LibreNMS, both pictures',
    headers: json,
    body: '{"attachments":[{"text":"up again"}],"channel":"#net","username":"nms","icon_url":"https:\\/\\/nms.example\\/i.png","icon_emoji":":bell:"}',
    message: { alias: 'nms', avatar: 'https://nms.example/i.png', attachments: [{ text: 'up again' }] },
    wants: '200'
  },
  {
    product: 'Netdata',
    headers: { ...json, 'user-agent': 'curl/8.5.0' },
    body: '        {\n            "channel": "#ops",\n            "username": "netdata on web1",\n            "text": "web1 is critical, disk space, *disk usage = 95%*",\n            "icon_url": "https://registry.example/images/alert-128-red.png",\n            "attachments": [\n                {\n                    "color": "#CC0000",\n                    "title": "disk usage = 95%",\n                    "title_link": "https://registry.example/#menu_disk",\n                    "fields": [\n                        { "title": "disk", "short": true, "value": "root" }\n                    ],\n                    "thumb_url": "https://registry.example/not.png",\n                    "footer_icon": "https://registry.example/n.png",\n                    "footer": "<https://registry.example|netdata>",\n                    "ts": "1767225600"\n                }\n            ]\n        }\n',
    message: {
      text: 'web1 is critical, disk space, *disk usage = 95%*',
      alias: 'netdata on web1',
      avatar: 'https://registry.example/images/alert-128-red.png',
      attachments: [{
        color: '#CC0000',
        title: 'disk usage = 95%',
        title_link: 'https://registry.example/#menu_disk',
        fields: [{ title: 'disk', short: true, value: 'root' }],
        thumb_url: 'https://registry.example/not.png',
        footer_icon: 'https://registry.example/n.png',
        footer: '<https://registry.example|netdata>',
        ts: '1767225600'
      }]
    },
    wants: '200'
  },
  {
    product: 'Healthchecks',
    headers: { ...json, 'user-agent': 'healthchecks.io' },
    body: '{"alias": "Healthchecks", "avatar": "https://hc.example/static/img/logo.png", "text": "The check \\"backup\\" has gone down.", "attachments": [{"color": "#dc3545", "text": "", "fields": [{"title": "Period", "value": "1 day"}, {"title": "Total Pings", "value": 12}]}]}',
    message: {
      text: 'The check "backup" has gone down.',
      alias: 'Healthchecks',
      avatar: 'https://hc.example/static/img/logo.png',
      attachments: [{ color: '#dc3545', fields: [{ title: 'Period', value: '1 day' }, { title: 'Total Pings', value: '12' }] }]
    },
    wants: '200, 201, 202 or 204'
  },
  {
    product: 'Shoutrrr',
    headers: { ...json, 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip' },
    body: '{"text":"2 containers updated","username":"shout","channel":"#ops"}',
    message: { text: '2 containers updated', alias: 'shout' },
    wants: '200'
  },
  {
    product: 'Watchtower',
    headers: { ...json, 'user-agent': 'Go-http-client/1.1' },
    body: '{"text":"Found new nginx:latest image (sha256:0a1b)\\nStopping /web (4f2a) with SIGTERM\\n"}',
    message: { text: 'Found new nginx:latest image (sha256:0a1b)\nStopping /web (4f2a) with SIGTERM' },
    wants: '200'
  },
  {
    product: 'Apprise rocket://',
    headers: { ...json, 'user-agent': 'Apprise' },
    body: '{"text": "# Title\\r\\nbody of the message", "avatar": "https://github.com/caronc/apprise/raw/master/apprise-info-128x128.png", "username": "Rocket.Chat Notifications"}',
    message: {
      text: '# Title\r\nbody of the message',
      alias: 'Rocket.Chat Notifications',
      avatar: 'https://github.com/caronc/apprise/raw/master/apprise-info-128x128.png'
    },
    wants: '200'
  },
  {
    product: 'Flux notification-controller',
    headers: { ...json, 'user-agent': 'Go-http-client/1.1' },
    body: '{"channel":"","username":"kustomize-controller","icon_url":"","icon_emoji":"","text":"","attachments":[{"color":"danger","author_name":"kustomization/apps.flux-system","text":"build failed","mrkdwn_in":["text"],"fields":[{"title":"revision","value":"main@sha1:ab12","short":false}],"fallback":""}]}',
    message: {
      alias: 'kustomize-controller',
      attachments: [{
        color: 'danger',
        author_name: 'kustomization/apps.flux-system',
        text: 'build failed',
        fields: [{ title: 'revision', value: 'main@sha1:ab12', short: false }]
      }]
    },
    wants: '2xx'
  },
  {
    product: 'Gatus',
    headers: json,
    body: '{"text":"","attachments":[{"title":":helmet_with_white_cross: Gatus","fallback":"Gatus - An alert","text":"An alert for *shop* has been triggered","short":false,"color":"#DD0000","fields":[{"title":"Condition results","value":":x: - `[STATUS] == 200`","short":false}]}]}',
    message: {
      attachments: [{
        title: ':helmet_with_white_cross: Gatus',
        fallback: 'Gatus - An alert',
        text: 'An alert for *shop* has been triggered',
        color: '#DD0000',
        fields: [{ title: 'Condition results', value: ':x: - `[STATUS] == 200`', short: false }]
      }]
    },
    wants: 'below 400'
  },
  {
    product: 'ElastAlert 2',
    headers: { 'content-type': 'application/json', 'user-agent': 'python-requests/2.32' },
    body: '{"username": "elastalert2", "channel": "", "text": "", "attachments": [{"color": "danger", "title": "5xx on shop", "text": "At least 10 events", "fields": [{"title": "status", "value": 502, "short": true}, {"title": "user", "value": null, "short": true}, {"title": "cached", "value": false}, {"title": "tags", "value": ["a", "b"]}]}], "emoji": ":ghost:"}',
    message: {
      alias: 'elastalert2',
      emoji: ':ghost:',
      attachments: [{
        color: 'danger',
        title: '5xx on shop',
        text: 'At least 10 events',
        fields: [{ title: 'status', value: '502', short: true }, { title: 'cached', value: 'false' }, { title: 'tags', value: 'a, b' }]
      }]
    },
    notes: ['attachments[0].fields[1]'],
    wants: 'below 400'
  },
  {
    product: 'Symfony notifier',
    headers: { ...json, 'user-agent': 'Symfony HttpClient (Curl)' },
    body: '{"attachments":[{"title":"Order 4711","text":"paid","color":"#00ff00"}],"text":"New order"}',
    message: { text: 'New order', attachments: [{ title: 'Order 4711', text: 'paid', color: '#00ff00' }] },
    wants: '200 and JSON success'
  },
  {
    product: 'Kanboard',
    headers: json,
    body: '{"username":"Kanboard","text":"[Shop] Task \\"Fix login\\" created\\n<https:\\/\\/kb.example\\/task\\/7|view the task>","channel":"kanban","icon_url":"https:\\/\\/kanboard.org\\/favicon.png"}',
    message: {
      text: '[Shop] Task "Fix login" created\n<https://kb.example/task/7|view the task>',
      alias: 'Kanboard',
      avatar: 'https://kanboard.org/favicon.png'
    },
    wants: 'none'
  },
  {
    product: 'rockethook',
    headers: form,
    body: encoded('{"text": "50% & more + 1", "icon_url": "https://x.example/i.png", "attachments": [{"title": "A", "color": "#FF0000"}]}'),
    message: { text: '50% & more + 1', avatar: 'https://x.example/i.png', attachments: [{ title: 'A', color: '#FF0000' }] },
    wants: '200 and JSON success'
  },
  {
    product: 'Redmine messenger',
    headers: form,
    body: encoded('{"text":"[Shop] Ann updated <https://rm.example/issues/7|Bug #7: a &amp; b>","link_names":1,"username":"Redmine","channel":"@ann","icon_emoji":"","attachments":[{"text":"","fields":[{"title":"Status","value":"New","short":true},{"title":"Assignee","short":true}]}]}'),
    message: {
      text: '[Shop] Ann updated <https://rm.example/issues/7|Bug #7: a &amp; b>',
      alias: 'Redmine',
      attachments: [{ fields: [{ title: 'Status', value: 'New', short: true }] }]
    },
    notes: ['attachments[0].fields[1]'],
    wants: 'none'
  },
  {
    product: 'Redmine messenger, no attachments',
    headers: form,
    body: encoded('{"text":"[Shop] Ann closed #7","username":"Redmine","attachments":[]}'),
    message: { text: '[Shop] Ann closed #7', alias: 'Redmine' },
    wants: 'none'
  },
  {
    product: 'Rundeck notifier',
    headers: { ...form, accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', charset: 'utf-8' },
    body: `payload=%0A%0A${encodeURIComponent('\n{\n  "attachments":[{\n    "fallback":"backup: SUCCEEDED", "pretext":"<https://rd.example/e/9|Execution #9> *succeeded*",\n    "color":"good", "fields":[{"title":"Job","value":"backup","short":true}]\n  }],\n  "channel":"#ops"\n}\n').replaceAll('%20', '+')}`,
    message: {
      attachments: [{
        fallback: 'backup: SUCCEEDED',
        pretext: '<https://rd.example/e/9|Execution #9> *succeeded*',
        color: 'good',
        fields: [{ title: 'Job', value: 'backup', short: true }]
      }]
    },
    wants: 'JSON success'
  },
  {
    product: 'Icinga 2, BackIsBachus script',
    headers: { ...form, 'user-agent': 'curl/7.88.1' },
    body: encoded('{"channel":"#icinga","username":"icinga2","icon_emoji":":heavy_dollar_sign:","text":"HOST: <https://ic.example/monitoring/host/show?host=web1|web1>  SERVICE: disk   STATE: CRITICAL"}'),
    message: {
      text: 'HOST: <https://ic.example/monitoring/host/show?host=web1|web1>  SERVICE: disk   STATE: CRITICAL',
      alias: 'icinga2',
      emoji: ':heavy_dollar_sign:'
    },
    wants: 'none'
  },
  {
    product: 'Icinga 2, BackIsBachus script, a quote in the output',
    headers: form,
    body: encoded('{"text":"DISK "/" is full"}'),
    refused: 'error-invalid-payload',
    wants: 'none'
  },
  {
    product: 'Icinga 2, Synoptik-Labs script',
    headers: { ...json, 'user-agent': 'curl/8.5.0' },
    body: '{"text": "CRITICAL: web1 - load", "attachments": [{"title": "web1 - load", "text": "load average 9", "color": "#ff0000"}]}',
    message: { text: 'CRITICAL: web1 - load', attachments: [{ title: 'web1 - load', text: 'load average 9', color: '#ff0000' }] },
    wants: 'none'
  },
  {
    product: 'Zabbix alert script mrgloba',
    headers: { ...json, 'user-agent': 'python-requests/2.25' },
    body: '{"username": "zabbix", "text": "", "attachments": [{"title": "Problem: CPU", "text": "load 9", "color": "#FF0000", "image_url": "data:image/png;base64,iVBORw0KGgo="}]}',
    message: {
      alias: 'zabbix',
      attachments: [{ title: 'Problem: CPU', text: 'load 9', color: '#FF0000', image_url: 'data:image/png;base64,iVBORw0KGgo=' }]
    },
    wants: '200 and JSON success'
  },
  {
    product: 'WeKan',
    headers: { ...json, 'x-wekan-token': 'secret' },
    body: '{"text":"ann created card \\"Fix\\" to list \\"Doing\\"\\nhttps://wekan.example/b/1/shop/2","listId":"a","cardId":"b","boardId":"c","comment":"","username":"ann","userId":"u","swimlaneId":"s","description":"act-createCard","list":"Doing","card":"Fix","board":"Shop","title":"x"}',
    message: { text: 'ann created card "Fix" to list "Doing"\nhttps://wekan.example/b/1/shop/2', alias: 'ann' },
    wants: '2xx'
  },
  {
    product: 'Concourse slack-notification-resource',
    headers: { ...form, 'user-agent': 'curl/7.81.0' },
    body: '{\n  "text": "build <https://ci.example/b?a=1&b=2|shop/7> failed = bad\\n",\n  "username": null,\n  "link_names": null,\n  "icon_url": null,\n  "icon_emoji": null,\n  "channel": null,\n  "attachments": null\n}',
    message: { text: 'build <https://ci.example/b?a=1&b=2|shop/7> failed = bad' },
    wants: 'below 400'
  },
  {
    product: 'rtCamp action-slack-notify',
    headers: { ...json, 'user-agent': 'Go-http-client/1.1' },
    body: '{"username":"rtBot","icon_url":"https://github.com/rtBot.png?size=32","channel":"builds","link_names":"1","attachments":[{"fallback":"push","color":"#1f883d","author_name":"ann","author_link":"http://github.com/ann","author_icon":"http://github.com/ann.png?size=32","footer":"<https://github.com/rtCamp/github-actions-library|Powered By rtCamp>","fields":[{"title":"Ref","value":"refs/heads/main","short":true}]}]}',
    message: {
      alias: 'rtBot',
      avatar: 'https://github.com/rtBot.png?size=32',
      attachments: [{
        fallback: 'push',
        color: '#1f883d',
        author_name: 'ann',
        author_link: 'http://github.com/ann',
        author_icon: 'http://github.com/ann.png?size=32',
        footer: '<https://github.com/rtCamp/github-actions-library|Powered By rtCamp>',
        fields: [{ title: 'Ref', value: 'refs/heads/main', short: true }]
      }]
    },
    wants: '2xx'
  },
  {
    product: 'drone-slack',
    headers: { ...json, 'user-agent': 'Go-http-client/1.1' },
    body: '{"username":"drone","channel":"builds","attachments":[{"color":"good","fallback":"ok shop (main)","text":"*success* <https://d.example/7|shop#ab12cd> (main) by ann","mrkdwn_in":["text","fallback"],"blocks":null}],"replace_original":false,"delete_original":false}',
    message: {
      alias: 'drone',
      attachments: [{ color: 'good', fallback: 'ok shop (main)', text: '*success* <https://d.example/7|shop#ab12cd> (main) by ann' }]
    },
    wants: '200'
  },
  {
    product: 'slack-go',
    headers: json,
    body: '{"text":"hello from go","replace_original":false,"delete_original":false,"unfurl_links":false}',
    message: { text: 'hello from go' },
    wants: '200'
  },
  {
    product: 'drone-webhook',
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"repo":{"owner":"ann","name":"shop"},"build":{"number":7,"status":"success","message":"fix"}}\n',
    refused: 'error-no-message',
    content: ['build.number', 7],
    wants: 'none'
  }
]
