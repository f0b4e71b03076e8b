import type { FastifySchema } from 'fastify'
import {
  hookAnswers, HookBody, HookHeaders, HookParameters, HookProfileBody, HookProfileParameters, HookQuery, type Media, type NamedExamples
} from '../../../schemas/openapi.ts'
import {
  type Answer, disabledHook, failedBy, type Outcome, refused, scriptFailed, stillUnderWay, tooManyRequests, unavailable, unknownHook, type Wishes
} from '../../incoming/outcome.ts'
import { defaultProfile } from '../../incoming/profiles/default.ts'
import { profiles } from '../../incoming/profiles/index.ts'
import type { Profile } from '../../incoming/profiles/profile.ts'
import { invalidPayload, noMessage } from '../../incoming/refusal.ts'
import type { IncomingSettings } from '../../options/incoming.ts'
import type { About } from '../document.ts'
import { compressed, tooLarge, tooSlow } from './body.ts'
import { unforeseen } from './failure.ts'

/** The description of a hook route, and the forms of its requests and answers. */
export interface HookDocument {
  readonly about: About
  readonly schema: FastifySchema
}

/** An outcome that a sender can meet. */
interface Case {
  /** Names the example. */
  readonly name: string
  readonly summary: string
  readonly outcome: (profile: Profile, settings: IncomingSettings) => Outcome
  readonly wishes?: Wishes
}

const posted = [{ channel: '#general', _id: 'aobEdbYhXfu5hkeqG' }]
const message = { text: 'Build 5 passed', timestamp: '2026-01-06T13:23:46.018Z' }

const cases: readonly Case[] = [
  { name: 'posted', summary: 'The message was posted', outcome: () => ({ kind: 'posted', posted, ...message }) },
  { name: 'messages', summary: 'With ?wait=true', outcome: () => ({ kind: 'posted', posted, ...message }), wishes: { wait: true } },
  { name: 'responses', summary: 'With separateResponse in the payload', outcome: () => ({ kind: 'separate', posted: [...posted, { channel: '#nowhere', error: 'invalid-channel' }], ...message }) },
  { name: 'no-message', summary: 'There is nothing to post', outcome: ({ fieldNames }) => failedBy(noMessage(fieldNames, [])) },
  { name: 'invalid-payload', summary: 'The body cannot be read', outcome: () => failedBy(invalidPayload('broken-json', 'The body is not valid JSON: look at character 12', 12)) },
  { name: 'running-script', summary: 'The script of the integration could not be run', outcome: () => scriptFailed('no-sandbox') },
  { name: 'invalid-channel', summary: 'There is no such destination', outcome: () => refused('invalid-channel') },
  { name: 'not-allowed', summary: 'The destination may not be used, or the message is refused there', outcome: () => refused('error-not-allowed') },
  { name: 'archived', summary: 'The room is archived', outcome: () => refused('error-room-archived') },
  { name: 'unknown', summary: 'The id or the token is wrong', outcome: unknownHook },
  { name: 'too-slow', summary: 'The body did not arrive in time', outcome: (_profile, { bodyTimeout }) => tooSlow(bodyTimeout) },
  { name: 'too-large', summary: 'The body is too large', outcome: (_profile, { bodyLimit }) => tooLarge(bodyLimit) },
  { name: 'compressed', summary: 'The body is compressed', outcome: compressed },
  { name: 'too-many', summary: 'Too many requests: send the next one after the seconds in Retry-After', outcome: () => tooManyRequests(2000) },
  { name: 'internal', summary: 'An unforeseen error', outcome: () => unforeseen(undefined) },
  { name: 'disabled', summary: 'The integration is switched off', outcome: disabledHook },
  { name: 'unavailable', summary: 'The store or the chat is away: send the same again after the seconds in Retry-After', outcome: () => unavailable(undefined) },
  { name: 'under-way', summary: 'The same delivery is still under way', outcome: stillUnderWay }
]

/** `POST /:integrationId/:token` */
export function hookDocument (settings: IncomingSettings): HookDocument {
  return {
    about: {
      operationId: 'postToHook',
      summary: 'Post through an incoming webhook',
      description: 'Posts a message into the destinations of the integration. The token in the path is the right to post. PUT does the same.'
    },
    schema: {
      params: HookParameters,
      querystring: HookQuery,
      headers: HookHeaders,
      body: HookBody,
      response: responsesOf([defaultProfile], settings)
    }
  }
}

/** `POST /:integrationId/:token/:profile` */
export function profileDocument (settings: IncomingSettings): HookDocument {
  return {
    about: {
      operationId: 'postToHookAs',
      summary: 'Post through an incoming webhook, for senders that were built for another chat',
      description: 'The same, read and answered as a sender for Slack, Mattermost or Discord expects. GET of a hook for Discord tells its name.'
    },
    schema: {
      params: HookProfileParameters,
      querystring: HookQuery,
      headers: HookHeaders,
      body: HookProfileBody,
      response: responsesOf(profiles.filter((profile) => profile !== defaultProfile), settings)
    }
  }
}

/** An example of an answer. */
interface Example {
  readonly name: string
  readonly summary: string
  readonly answer: Answer
}

/** The answers by status, with an example of each. */
function responsesOf (among: readonly Profile[], settings: IncomingSettings): Record<number, unknown> {
  const byStatus = new Map<number, Example[]>()
  for (const profile of among) {
    for (const { name, summary, outcome, wishes = { wait: false } } of cases) {
      const answer = profile.answer(outcome(profile, settings), wishes)
      const examples = byStatus.get(answer.status) ?? []
      byStatus.set(answer.status, examples)
      // Some profiles answer several outcomes with the same bytes.
      if (!examples.some((known) => known.answer.body === answer.body)) examples.push({ name: [profile.name, name].filter(Boolean).join('-'), summary, answer })
    }
  }
  return Object.fromEntries([...byStatus].map(([status, examples]) => [status, responseOf(status, examples, among)]))
}

function responseOf (status: number, examples: readonly Example[], among: readonly Profile[]): object {
  const description = `${[...new Set(examples.map(({ summary }) => summary))].join('. ')}.`
  if (status === 204) return { type: 'null', description }
  return {
    description,
    content: mediaOf(status, examples, among),
    ...((status === 429 || status === 503) && { headers: { 'Retry-After': { type: 'integer', description: 'Seconds after which to send again.' } } })
  }
}

function mediaOf (status: number, examples: readonly Example[], among: readonly Profile[]): Media {
  const json = examples.filter(({ answer }) => answer.contentType?.startsWith('application/json'))
  const text = examples.filter(({ answer }) => answer.contentType?.startsWith('text/plain'))
  const { success, failure, profileSuccess, profileFailure } = hookAnswers
  const [ofSuccess, ofFailure] = among.includes(defaultProfile) ? [success, failure] : [profileSuccess, profileFailure]
  return {
    ...(json.length > 0 && { 'application/json': { schema: status < 400 ? ofSuccess : ofFailure, examples: named(json, JSON.parse) } }),
    ...(text.length > 0 && { 'text/plain': { schema: { type: 'string' }, examples: named(text, (body) => body) } })
  }
}

function named (examples: readonly Example[], valueOf: (body: string) => unknown): NamedExamples {
  return Object.fromEntries(examples.map(({ name, summary, answer: { body } }) => [name, { summary, value: valueOf(body) }]))
}
