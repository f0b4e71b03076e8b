import { type IncomingCase, json, message } from './case.ts'

const jenkins = (number: number, status: string, phase = 'FINALIZED') => json({
  name: 'gate', build: { phase, status, number, full_url: `https://jenkins.example/gate/${number}` }
})

const ofJenkins = (number: number, rest: string) => `[gate #${number}](https://jenkins.example/gate/${number}) ${rest}`

/** A form as Travis sends it. */
const travis = (payload: object) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
})

const build = {
  number: '12',
  type: 'push',
  status: 1,
  status_message: 'Broken',
  duration: 185,
  build_url: 'https://travis.example/b/12',
  branch: 'main',
  message: 'Oil & paint: 100 %',
  repository: { owner_name: 'acme', name: 'gate' },
  matrix: [{ number: '12.1', status_message: 'Passed' }, { number: '12.2', status_message: 'Failed' }]
}

/** Builds and registries. */
export const builds: readonly IncomingCase[] = [
  {
    name: 'Jenkins, remembers the last build',
    direction: 'incoming',
    shows: ['Store from call to call', 'the value of Store.set', 'console with several values', 'nothing returned'],
    script: 'jenkins-store',
    calls: [
      { ...jenkins(1, 'SUCCESS') },
      { ...jenkins(2, 'FAILURE', 'STARTED'), console: [{ level: 'info', text: '%s is in phase gate STARTED' }] },
      { ...jenkins(2, 'FAILURE'), message: message({ alias: 'Jenkins', emoji: ':zap:', text: ofJenkins(2, 'fails') }) },
      { ...jenkins(3, 'FAILURE'), message: message({ alias: 'Jenkins', emoji: ':zap:', text: ofJenkins(3, 'still fails (2 times in a row)') }) },
      { ...jenkins(4, 'SUCCESS'), message: message({ alias: 'Jenkins', emoji: ':sunny:', text: ofJenkins(4, 'is back to normal after 2 failed builds') }) },
      { ...jenkins(5, 'SUCCESS') }
    ]
  },
  {
    name: 'Travis, a form with a payload',
    direction: 'incoming',
    shows: ['parsed payload of a form', 'field of the form', 'error as a text', 'Annex B of the language', 'list as the value of a field'],
    script: 'travis-form',
    calls: [
      {
        ...travis(build),
        message: message({
          text: 'Build [#12](https://travis.example/b/12) of acme/gate@main: Broken',
          attachments: [{
            color: 'danger',
            text: '<b>Oil & paint: 100 %</b>',
            fields: [{ title: 'Time', value: '3 min 5 s', short: true }, { title: 'Jobs', value: '12.1: Passed, 12.2: Failed', short: true }]
          }]
        })
      },
      { ...travis({ ...build, type: 'cron', status: 0, status_message: 'Passed' }) },
      { ...travis({ number: '13' }), answer: { status: 400, body: { success: false, error: 'Build 13 has no repository' } } }
    ]
  },
  {
    name: 'Docker registry, an answer to the sender',
    direction: 'incoming',
    shows: ['async', 'promises', 'content and response', 'error object with more fields'],
    script: 'registry-response',
    calls: [
      {
        ...json({ push_data: { tag: 'v2', pusher: 'ada' }, repository: { repo_name: 'acme/gate' }, callback_url: 'https://registry.example/cb' }),
        message: message({ alias: 'Registry', text: '`acme/gate:v2` was pushed by ada' }),
        answer: {
          status: 200,
          body: { state: 'success', description: 'Told the room about v2', context: 'https://registry.example/cb', success: true, ok: true }
        }
      },
      {
        ...json({ ping: true }),
        answer: {
          status: 400,
          body: { success: false, error: 'no push_data', message: 'no push_data', expected: ['push_data', 'repository'] }
        }
      },
      {
        // Without a field that JSON cannot carry.
        ...json({ push_data: { tag: 'v3', pusher: 'ada' }, repository: { repo_name: 'acme/gate' } }),
        message: message({ alias: 'Registry', text: '`acme/gate:v3` was pushed by ada' }),
        answer: { status: 200, body: { state: 'success', description: 'Told the room about v3', success: true, ok: true } }
      }
    ]
  }
]
