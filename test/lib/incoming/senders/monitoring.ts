import { Buffer } from 'node:buffer'
import { encoded, form, json, type SenderCase } from './case.ts'

/** Monitoring and logging. */
export const monitoring: readonly SenderCase[] = [
  {
    product: 'Alertmanager slack_configs, default path',
    headers: { ...json, 'user-agent': 'Alertmanager/0.34.0' },
    body: '{"channel":"#alerts","username":"Alertmanager","attachments":[{"title":"[FIRING:1] DiskFull (web1)","title_link":"http://am:9093/#/alerts?receiver=slack","text":"","fallback":"[FIRING:1] DiskFull (web1) | http://am:9093","callback_id":"","footer":"","color":"danger","mrkdwn_in":["fallback","pretext","text"]}]}\n',
    message: {
      alias: 'Alertmanager',
      attachments: [{
        title: '[FIRING:1] DiskFull (web1)',
        title_link: 'http://am:9093/#/alerts?receiver=slack',
        fallback: '[FIRING:1] DiskFull (web1) | http://am:9093',
        color: 'danger'
      }]
    },
    wants: 'ok rule'
  },
  {
    product: 'Alertmanager slack_configs, path of Slack',
    headers: { ...json, 'user-agent': 'Alertmanager/0.34.0' },
    body: '{"username":"Alertmanager","icon_emoji":":fire:","link_names":false,"attachments":[{"title":"a &lt; b","text":"see <http://p.example/g|graph>","color":"good","actions":[{"type":"button","text":"Silence","url":"http://am:9093/#/silences/new"}]}]}\n',
    profile: 'slack',
    message: {
      alias: 'Alertmanager',
      emoji: ':fire:',
      attachments: [{
        title: 'a < b',
        text: 'see [graph](http://p.example/g)',
        color: 'good',
        actions: [{ type: 'button', text: 'Silence', url: 'http://am:9093/#/silences/new' }]
      }]
    },
    wants: 'ok rule'
  },
  {
    product: 'Alertmanager webhook_configs',
    headers: { ...json, 'user-agent': 'Alertmanager/0.34.0' },
    body: '{"receiver":"hook","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"DiskFull"}}],"groupLabels":{},"commonLabels":{},"externalURL":"http://am:9093","version":"4","groupKey":"{}:{}","truncatedAlerts":0}\n',
    refused: 'error-no-message',
    content: ['alerts.0.labels.alertname', 'DiskFull'],
    wants: '2xx'
  },
  {
    product: 'Alertmanager webhook_configs, own payload',
    headers: json,
    body: '{"text":"[FIRING] DiskFull"}\n',
    message: { text: '[FIRING] DiskFull' },
    wants: '2xx'
  },
  {
    product: 'Alertmanager mattermost_configs',
    headers: json,
    body: '{"channel":"town-square","username":"am","text":"DiskFull on web1","props":{"card":"more"},"priority":{"priority":"urgent","requested_ack":true},"attachments":[]}\n',
    profile: 'mattermost',
    message: { text: 'DiskFull on web1', alias: 'am' },
    wants: '2xx'
  },
  {
    product: 'Alertmanager discord_configs',
    headers: json,
    body: '{"content":"","embeds":[{"title":"[FIRING:1] DiskFull","url":"http://am:9093","description":"disk full on web1","color":10038562}],"username":"am"}\n',
    profile: 'discord',
    message: {
      alias: 'am',
      attachments: [{ title: '[FIRING:1] DiskFull', title_link: 'http://am:9093', text: 'disk full on web1', color: '#992d22' }]
    },
    wants: '2xx'
  },
  {
    product: 'Grafana Slack contact point',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Grafana' },
    body: '{"channel":"","username":"Grafana","icon_url":"","icon_emoji":"","text":"","attachments":[{"title":"[FIRING:1] CPU","title_link":"https://g.example/alerting/list","fallback":"[FIRING:1] CPU","footer":"Grafana v11","footer_icon":"https://grafana.com/static/assets/img/fav32.png","color":"#D63232","ts":1767225600,"pretext":"<!here> look","text":"**Firing**\\nValue: B=9","mrkdwn_in":["pretext"]}]}',
    profile: 'slack',
    message: {
      alias: 'Grafana',
      attachments: [{
        title: '[FIRING:1] CPU',
        title_link: 'https://g.example/alerting/list',
        fallback: '[FIRING:1] CPU',
        footer: 'Grafana v11',
        footer_icon: 'https://grafana.com/static/assets/img/fav32.png',
        color: '#D63232',
        ts: 1767225600,
        pretext: '@here look',
        text: '**Firing**\nValue: B=9'
      }]
    },
    wants: 'ok rule'
  },
  {
    product: 'Grafana Slack contact point, default path',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Grafana' },
    body: '{"text":"CPU","username":"Grafana","attachments":[{"title":"CPU","color":"#D63232"}]}',
    message: { text: 'CPU', alias: 'Grafana', attachments: [{ title: 'CPU', color: '#D63232' }] },
    wants: 'ok rule'
  },
  {
    product: 'Grafana webhook',
    method: 'PUT',
    headers: { ...json, 'user-agent': 'Grafana' },
    body: '{"receiver":"hook","status":"firing","orgId":1,"alerts":[{"labels":{"alertname":"CPU"}}],"title":"[FIRING:1] CPU","state":"alerting","message":"**Firing**"}',
    refused: 'error-no-message',
    content: ['alerts.0.labels.alertname', 'CPU'],
    wants: '2xx'
  },
  {
    product: 'Grafana webhook, own template',
    headers: json,
    body: '\n\n  {\n  "text": "CPU is high"\n  }\n\n',
    message: { text: 'CPU is high' },
    wants: '2xx'
  },
  {
    product: 'Grafana Discord',
    headers: { ...json, 'user-agent': 'Grafana' },
    body: '{"username":"Grafana","content":"**Firing** CPU","avatar_url":"https://g.example/i.png","embeds":[{"title":"[FIRING:1] CPU","url":"https://g.example/alerting/list","type":"rich","color":14037554,"footer":{"text":"Grafana v11","icon_url":"https://grafana.com/fav32.png"}}]}',
    profile: 'discord',
    message: {
      text: '**Firing** CPU',
      alias: 'Grafana',
      avatar: 'https://g.example/i.png',
      attachments: [{
        title: '[FIRING:1] CPU',
        title_link: 'https://g.example/alerting/list',
        color: '#d63232',
        footer: 'Grafana v11',
        footer_icon: 'https://grafana.com/fav32.png'
      }]
    },
    wants: '2xx'
  },
  {
    product: 'Grafana Discord, with a picture',
    headers: { 'content-type': 'multipart/form-data; boundary=8a7b6c5d4e3f', 'user-agent': 'Grafana' },
    body: Buffer.concat([
      Buffer.from('--8a7b6c5d4e3f\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{"content":"Größe","embeds":[{"title":"CPU","image":{"url":"attachment://cpu.png"}}]}\r\n--8a7b6c5d4e3f\r\nContent-Disposition: form-data; name="file"; filename="cpu.png"\r\nContent-Type: application/octet-stream\r\n\r\n'),
      Buffer.from([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0xFF, 0xFE]),
      Buffer.from('\r\n--8a7b6c5d4e3f--\r\n')
    ]),
    profile: 'discord',
    message: { text: 'Größe', attachments: [{ title: 'CPU' }] },
    notes: ['attachments[0].image_url'],
    wants: '2xx'
  },
  {
    product: 'Uptime Kuma, webhook',
    headers: { ...json, 'user-agent': 'axios/0.32.0' },
    body: '{"heartbeat":{"monitorID":3,"status":0,"msg":"timeout"},"monitor":{"id":3,"name":"shop","url":"https://shop.example"},"msg":"[shop] [🔴 Down] timeout"}',
    message: { text: '[shop] [🔴 Down] timeout' },
    wants: '2xx'
  },
  {
    product: 'Uptime Kuma, webhook as a form',
    headers: { 'content-type': 'multipart/form-data; boundary=--------------------------123456789012345678901234' },
    body: '----------------------------123456789012345678901234\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"heartbeat":null,"monitor":null,"msg":"test"}\r\n----------------------------123456789012345678901234--\r\n',
    refused: 'error-no-message',
    content: ['data', '{"heartbeat":null,"monitor":null,"msg":"test"}'],
    wants: '2xx'
  },
  {
    product: 'Uptime Kuma, webhook with a template',
    headers: { ...form, 'user-agent': 'axios/0.32.0' },
    body: '{\n    "text": "Uptime Kuma - shop & co = down"\n}',
    message: { text: 'Uptime Kuma - shop & co = down' },
    wants: '2xx'
  },
  {
    product: 'Uptime Kuma, Discord',
    headers: json,
    body: '{"username":"Uptime Kuma","embeds":[{"title":"❌ Your service shop went down. ❌","color":16711680,"timestamp":"2026-08-01 10:00:00.000","fields":[{"name":"Service Name","value":"shop"},{"name":"Service URL","value":"https://shop.example"},{"name":"Error","value":null}]}]}',
    profile: 'discord',
    message: {
      alias: 'Uptime Kuma',
      attachments: [{
        title: '❌ Your service shop went down. ❌',
        color: '#ff0000',
        ts: '2026-08-01 10:00:00.000',
        fields: [{ title: 'Service Name', value: 'shop' }, { title: 'Service URL', value: 'https://shop.example' }]
      }]
    },
    notes: ['attachments[0].fields[2]'],
    wants: '2xx'
  },
  {
    product: 'Uptime Kuma, Slack',
    headers: json,
    body: '{"channel":"#ops","username":"Kuma","icon_emoji":":robot:","attachments":[{"color":"#e01e5a","blocks":[{"type":"header","text":{"type":"plain_text","text":"Uptime Kuma Alert"}},{"type":"section","fields":[{"type":"mrkdwn","text":"*Message*\\n[🔴 Down] a &amp; b"},{"type":"mrkdwn","text":"*Time (UTC)*\\n2026-08-01"}]},{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Visit Uptime Kuma"},"value":"Uptime-Kuma","url":"https://kuma.example/dashboard/3"}]}]}]}',
    profile: 'slack',
    message: {
      alias: 'Kuma',
      emoji: ':robot:',
      attachments: [{
        color: '#e01e5a',
        text: '*Uptime Kuma Alert*\n\n*Message*\n[🔴 Down] a & b\n*Time (UTC)*\n2026-08-01\n\n[Visit Uptime Kuma](https://kuma.example/dashboard/3)'
      }]
    },
    wants: '2xx'
  },
  {
    product: 'Uptime Kuma, Mattermost',
    headers: json,
    body: '{"username":"Kuma","channel":"ops","icon_emoji":":x:","icon_url":"","attachments":[{"fallback":"Your shop service went down","color":"#FF0000","title":"❌ shop service went down. ❌","title_link":"https://shop.example","fields":[{"short":true,"title":"Service Name","value":"shop"},{"short":false,"title":"Error","value":"timeout"}]}]}',
    profile: 'mattermost',
    message: {
      alias: 'Kuma',
      emoji: ':x:',
      attachments: [{
        fallback: 'Your shop service went down',
        color: '#FF0000',
        title: '❌ shop service went down. ❌',
        title_link: 'https://shop.example',
        fields: [{ short: true, title: 'Service Name', value: 'shop' }, { short: false, title: 'Error', value: 'timeout' }]
      }]
    },
    wants: '2xx'
  },
  {
    product: 'Sentry webhooks plugin',
    headers: { ...json, 'user-agent': 'sentry/24.8.0' },
    body: '{"project":"shop","project_name":"Shop","id":"1","culprit":"pay in cart.py","level":"error","url":"https://s.example/1/","message":"KeyError: \'x\'","event":{}}',
    refused: 'error-no-message',
    content: ['message', "KeyError: 'x'"],
    wants: 'below 400'
  },
  {
    product: 'Sentry internal integration',
    headers: { ...json, 'sentry-hook-resource': 'event_alert', 'request-id': 'r' },
    body: '{"action":"triggered","installation":{"uuid":"i"},"data":{"event":{"title":"KeyError"}},"actor":{"type":"application"}}',
    refused: 'error-no-message',
    content: ['data.event.title', 'KeyError'],
    wants: '2xx'
  },
  {
    product: 'Sentry Slack plugin',
    headers: form,
    body: encoded('{"attachments": [{"fallback": "[shop] KeyError", "title": "KeyError", "title_link": "https://s.example/1/", "color": "#f43f20", "fields": [{"title": "Culprit", "value": "pay", "short": false}]}], "username": "Sentry", "icon_url": "https://s.example/i.png"}'),
    profile: 'slack',
    message: {
      alias: 'Sentry',
      avatar: 'https://s.example/i.png',
      attachments: [{
        fallback: '[shop] KeyError',
        title: 'KeyError',
        title_link: 'https://s.example/1/',
        color: '#f43f20',
        fields: [{ title: 'Culprit', value: 'pay', short: false }]
      }]
    },
    wants: 'below 400'
  },
  {
    product: 'Sentry Mattermost plugin',
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0' },
    body: '{"username": "Sentry", "icon_url": "https://s.example/i.png", "channel": "", "text": "__[Shop](https://s.example/) production: KeyError__\\n\\n"}',
    profile: 'mattermost',
    message: { text: '__[Shop](https://s.example/) production: KeyError__', alias: 'Sentry', avatar: 'https://s.example/i.png' },
    wants: 'none'
  },
  {
    product: 'Checkmk Slack',
    headers: { ...json, 'user-agent': 'python-requests/2.31' },
    body: '{"attachments": [{"color": "#FF0000", "title": "Service PROBLEM notification", "text": "Host: web1 (IP: 10.0.0.1)\\nService: disk\\nState: CRITICAL"}, {"color": "#EEEEEE", "title": "Additional Info", "text": "95% used\\nPlease take a look: @ann"}]}',
    message: {
      attachments: [
        { color: '#FF0000', title: 'Service PROBLEM notification', text: 'Host: web1 (IP: 10.0.0.1)\nService: disk\nState: CRITICAL' },
        { color: '#EEEEEE', title: 'Additional Info', text: '95% used\nPlease take a look: @ann' }
      ]
    },
    wants: '200'
  },
  {
    product: 'Wazuh Slack',
    headers: { ...json, 'accept-charset': 'UTF-8' },
    body: '{"attachments": [{"color": "danger", "pretext": "WAZUH Alert", "title": "sshd: brute force", "text": null, "fields": [{"title": "Agent", "value": "(001) - web1"}, {"title": "Rule ID", "value": 5712}], "ts": "1767225600.123"}]}',
    message: {
      attachments: [{
        color: 'danger',
        pretext: 'WAZUH Alert',
        title: 'sshd: brute force',
        fields: [{ title: 'Agent', value: '(001) - web1' }, { title: 'Rule ID', value: '5712' }],
        ts: '1767225600.123'
      }]
    },
    wants: 'none'
  },
  {
    product: 'Kapacitor Slack',
    headers: json,
    body: '{"as_user":false,"channel":"","username":"kapacitor","icon_emoji":"","text":"","attachments":[{"fallback":"cpu is CRITICAL","color":"danger","text":"cpu is CRITICAL","mrkdwn_in":["text"]}]}\n',
    message: { alias: 'kapacitor', attachments: [{ fallback: 'cpu is CRITICAL', color: 'danger', text: 'cpu is CRITICAL' }] },
    wants: '200'
  },
  {
    product: 'Monolog Slack webhook',
    headers: { ...json },
    body: '{"username":"Monolog","text":"","attachments":[{"fallback":"boom","text":"boom","color":"danger","fields":[{"title":"Level","value":"ERROR","short":false}],"mrkdwn_in":["fields"],"ts":1767225600,"footer":"shop","footer_icon":"boom","title":"Message"}],"icon_emoji":":boom:"}',
    message: {
      alias: 'Monolog',
      emoji: ':boom:',
      attachments: [{
        fallback: 'boom',
        text: 'boom',
        color: 'danger',
        fields: [{ title: 'Level', value: 'ERROR', short: false }],
        ts: 1767225600,
        footer: 'shop',
        title: 'Message'
      }]
    },
    notes: ['attachments[0].footer_icon'],
    wants: 'none'
  },
  {
    product: 'Botkube webhook',
    headers: { ...json, 'user-agent': 'Go-http-client/1.1' },
    body: '{"source":"k8s-events","data":{"APIVersion":"v1","Kind":"Pod","Title":"Pod created","Name":"web"},"timeStamp":"0001-01-01T00:00:00Z"}',
    refused: 'error-no-message',
    content: ['data.Name', 'web'],
    wants: '200'
  },
  {
    product: 'Zabbix Discord media',
    headers: json,
    query: 'wait=True',
    body: '{"embeds":[{"color":14697543,"title":"Problem: CPU","url":"https://z.example/tr_events.php?triggerid=1","description":"Zabbix server","timestamp":"2026-08-01T10:00:00.000Z","fields":[{"name":"Host","value":"web1","inline":"True"}]}]}',
    profile: 'discord',
    message: {
      attachments: [{
        color: '#e04447',
        title: 'Problem: CPU',
        title_link: 'https://z.example/tr_events.php?triggerid=1',
        text: 'Zabbix server',
        ts: '2026-08-01T10:00:00.000Z',
        fields: [{ title: 'Host', value: 'web1', short: true }]
      }]
    },
    wants: 'JSON id'
  }
]
