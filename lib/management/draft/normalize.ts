import {
  type EventName, type IncomingInput, type IntegrationInput, type InvalidField, limits, type OutgoingInput,
  type OutgoingIntegration, rawLimits, retryDelays
} from '../../../schemas/index.ts'
import { invalidParams } from '../../errors/index.ts'
import { asScope } from '../../model/channels.ts'
import { type EventUse, isEventName, useOf } from '../../model/events.ts'
import type { Rules } from '../rules.ts'
import { mostProblems } from '../../model/input/validate.ts'

type RetryDelay = NonNullable<OutgoingIntegration['retryDelay']>

/** What both types have, with blanks removed and text trimmed. Whether users and rooms exist is not known yet. */
interface CommonDraft {
  readonly name: string
  readonly enabled: boolean
  /** May be blank: that is refused later, in the order of the rules. */
  readonly username: string
  /** The parts of `channel`; empty when it is blank. */
  readonly channels: readonly string[]
  readonly scriptEnabled: boolean
  readonly script: string | undefined
  readonly skipTranspile: boolean
  readonly alias: string | undefined
  readonly avatar: string | undefined
  readonly emoji: string | undefined
}

/** An incoming webhook to be. */
export interface IncomingDraft extends CommonDraft {
  readonly type: 'webhook-incoming'
  readonly overrideDestinationChannelEnabled: boolean
}

/** An outgoing webhook to be. */
export interface OutgoingDraft extends CommonDraft {
  readonly type: 'webhook-outgoing'
  /** As it was sent. */
  readonly eventText: string
  /** Undefined when there is no such event. */
  readonly event: EventName | undefined
  /** May be empty: that is refused later, in the order of the rules. */
  readonly urls: readonly string[]
  readonly triggerWords: readonly string[] | undefined
  readonly triggerWordAnywhere: boolean | undefined
  readonly token: string | undefined
  readonly targetRoom: string | undefined
  readonly runOnEdits: boolean | undefined
  readonly impersonateUser: boolean | undefined
  readonly retryFailedCalls: boolean | undefined
  readonly retryCount: number | undefined
  readonly retryDelay: RetryDelay | undefined
}

/** An integration to be. */
export type Draft = IncomingDraft | OutgoingDraft

/**
 * Turns a body that fits its schema into a draft: blanks and null become
 * absent, text is trimmed, lists lose blanks and repetitions, defaults are
 * filled in. Checks what a schema cannot say.
 *
 * @throws IntegrationError `invalid-params`.
 */
export function normalize (input: IntegrationInput, rules: Pick<Rules, 'maxScriptLength'>): Draft {
  const problems: InvalidField[] = []
  const draft = input.type === 'webhook-incoming'
    ? incoming(input, rules, problems)
    : outgoing(input, rules, problems)
  if (problems.length > 0) throw invalidParams(problems.slice(0, mostProblems))
  return draft
}

function incoming (input: IncomingInput, rules: Pick<Rules, 'maxScriptLength'>, problems: InvalidField[]): IncomingDraft {
  const channels = channelList(input.channel, problems)
  if (channels.length > limits.channels) problems.push(tooMany('/channel', limits.channels))
  return {
    type: input.type,
    ...common(input, channels, rules, problems),
    overrideDestinationChannelEnabled: input.overrideDestinationChannelEnabled ?? false
  }
}

function outgoing (input: OutgoingInput, rules: Pick<Rules, 'maxScriptLength'>, problems: InvalidField[]): OutgoingDraft {
  const event = isEventName(input.event) ? input.event : undefined
  const use: EventUse | undefined = event && useOf(event)
  const channels = channelList(input.channel, problems)
  // The channel of an event that uses none is not looked at.
  if (use?.channel !== false && channels.length > limits.channels) problems.push(tooMany('/channel', limits.channels))
  const triggerWords = triggerWordList(input.triggerWords, problems)
  return {
    type: input.type,
    ...common(input, channels, rules, problems),
    eventText: input.event,
    event,
    urls: urlList(input.urls, problems),
    triggerWords: use?.triggerWords === true && triggerWords.length > 0 ? triggerWords : undefined,
    triggerWordAnywhere: input.triggerWordAnywhere ?? undefined,
    // A token is a secret, not text: it is kept verbatim.
    token: input.token || undefined,
    targetRoom: text(input.targetRoom),
    runOnEdits: input.runOnEdits ?? undefined,
    impersonateUser: input.impersonateUser ?? undefined,
    retryFailedCalls: input.retryFailedCalls ?? undefined,
    retryCount: input.retryCount ?? (input.retryFailedCalls === true ? 4 : undefined),
    retryDelay: retryDelay(input, problems)
  }
}

function common (
  input: IntegrationInput, channels: string[], { maxScriptLength }: Pick<Rules, 'maxScriptLength'>, problems: InvalidField[]
): CommonDraft {
  const avatar = text(input.avatar)
  if (avatar !== undefined && !avatar.startsWith('/') && !isHttpUrl(avatar)) {
    problems.push({ path: '/avatar', message: 'must be an http or https URL, or a path that begins with /' })
  }
  // A script is code: a blank one is none, but blanks around code belong to it.
  const script = input.script?.trim() ? input.script : undefined
  if (script !== undefined && Buffer.byteLength(script) > maxScriptLength) {
    problems.push({ path: '/script', message: `must not be longer than ${maxScriptLength} bytes` })
  }
  return {
    name: input.name.trim(),
    enabled: input.enabled,
    username: input.username.trim(),
    channels,
    scriptEnabled: input.scriptEnabled,
    script,
    skipTranspile: input.skipTranspile ?? false,
    alias: text(input.alias),
    avatar,
    emoji: text(input.emoji)
  }
}

/** Trimmed text; absent when nothing is left. */
function text (value: string | null | undefined): string | undefined {
  return value?.trim() || undefined
}

/** A comma-separated string or an array, trimmed, without blanks and repetitions, in order. */
function list (value: string | readonly string[], spelling: (part: string) => string = asItIs): string[] {
  const parts = typeof value === 'string' ? value.split(',') : value
  const unique = new Set<string>()
  for (const part of parts) {
    const trimmed = part.trim()
    if (trimmed !== '') unique.add(spelling(trimmed))
  }
  return [...unique]
}

function asItIs (part: string): string {
  return part
}

function channelList (value: string | readonly string[], problems: InvalidField[]): string[] {
  const channels = list(value, (part) => asScope(part) ?? part)
  // A schema bounds the entries of an array, but not the parts of a text.
  if (channels.some(({ length }) => length > rawLimits.reference)) {
    problems.push({ path: '/channel', message: `must not have an entry longer than ${rawLimits.reference} characters` })
  }
  return channels
}

function urlList (value: readonly string[], problems: InvalidField[]): string[] {
  const urls = list(value)
  if (urls.length > limits.urls) problems.push(tooMany('/urls', limits.urls))
  else {
    const wrong = new Set(urls.filter((url) => !isHttpUrl(url)))
    if (wrong.size > 0) {
      value.forEach((url, index) => {
        if (wrong.has(url.trim())) problems.push({ path: `/urls/${index}`, message: 'must be an absolute http or https URL' })
      })
    }
  }
  return urls
}

function triggerWordList (value: string | readonly string[] | null | undefined, problems: InvalidField[]): string[] {
  const words = list(value ?? [])
  if (words.length > limits.triggerWords) problems.push(tooMany('/triggerWords', limits.triggerWords))
  if (words.some((word) => word.length > limits.triggerWord)) {
    problems.push({
      path: '/triggerWords',
      message: `must not have a word longer than ${limits.triggerWord} characters`
    })
  }
  return words
}

function retryDelay (input: OutgoingInput, problems: InvalidField[]): RetryDelay | undefined {
  const given = text(input.retryDelay)?.toLowerCase()
  if (given === undefined) return input.retryFailedCalls === true ? 'powers-of-ten' : undefined
  const known = retryDelays.find((name) => name === given)
  if (known === undefined) problems.push({ path: '/retryDelay', message: `must be one of ${retryDelays.join(', ')}` })
  return known
}

function tooMany (path: string, most: number): InvalidField {
  return { path, message: `must not have more than ${most} entries` }
}

/**
 * Whether the text is an absolute http or https URL. The URL parser repairs a
 * lot (`http:x`, line breaks inside); who sends such a thing meant something else.
 */
export function isHttpUrl (value: string): boolean {
  return isOrdinaryUrl(value) || (/^https?:\/\/[^\s\p{Cc}]+$/iu.test(value) && hasShortHost(value) && canParse(value))
}

/**
 * Nobody has a longer name: DNS allows 253 characters. The parser takes
 * quadratic time for the host, and milliseconds for 2,000 Chinese characters.
 */
const longestHost = 260

function hasShortHost (url: string): boolean {
  const [, authority = ''] = /^https?:\/\/([^/\\?#]*)/i.exec(url) ?? []
  return authority.length - authority.lastIndexOf('@') - 1 <= longestHost
}

/**
 * URLs that the parser accepts for sure, so that it need not be asked: that
 * costs more than all other checks of a create together. The last part of the
 * host begins with a letter, or it would be read as an IPv4 address.
 */
function isOrdinaryUrl (value: string): boolean {
  const host = /^https?:\/\/([a-z0-9.-]+)(?::\d{1,4})?(?:[/?#][^\s\p{Cc}]*)?$/u.exec(value)?.[1]
  return host !== undefined && /^[a-z]$/.test(host.charAt(host.lastIndexOf('.') + 1)) && !host.includes('xn--')
}

function canParse (value: string): boolean {
  try {
    // Not URL.canParse: once V8 has optimised it, Node.js 20 takes Latin-1 for UTF-8 and refuses good URLs.
    return new URL(value) !== undefined
  } catch {
    return false
  }
}
