import { hash, timingSafeEqual } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  echoFields, type IncomingInput, type Integration, type IntegrationInput, type IntegrationType, type IntegrationUpdate,
  type IntegrationView, type InvalidField
} from '../../schemas/index.ts'
import { IntegrationError, invalidParams } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import { requireGrant } from '../model/access.ts'
import type { Calls } from '../guard/calls.ts'
import { isEventName, useOf } from '../model/events.ts'
import { again, locate, locatorOf } from './locate.ts'
import { requireMeaning } from './draft/meaning.ts'
import { normalize } from './draft/normalize.ts'
import { present } from '../model/present.ts'
import { changedIntegration } from './record.ts'
import type { Rules } from './rules.ts'
import { scriptCheck } from './script.ts'
import { changeStored, type Find } from '../model/change-stored.ts'
import { viewOf } from '../model/view.ts'

/**
 * Changes an integration. A field that is not sent keeps the value that the
 * field has at the moment of the write, so that two writers of different fields
 * do not undo one another.
 *
 * @returns the integration after the change.
 * @throws IntegrationError
 */
export async function updateIntegration (
  calls: Calls, rules: Rules, caller: User, update: IntegrationUpdate
): Promise<IntegrationView> {
  const locator = locatorOf(update)
  // The form of what was sent goes before the permission, as it does in a create; but a long script may be there already.
  normalize(overlay(placeholders[update.type], update), anyScript)
  const grant = await requireGrant(calls, caller, update.type)
  const checkScript = scriptCheck(calls, caller)
  const find: Find = (earlier) => locate(calls, caller, grant, again(locator, earlier))
  const { previous, integration } = await changeStored(calls, find, async (previous) => {
    requireGuard(update, previous)
    requireEcho(update, viewOf(previous, rules))
    const draft = normalize(overlay(inputOf(previous), update), rulesFor(update, previous, rules))
    const plan = await requireMeaning(calls, { caller, grant, draft, scripts: rules.scripts, previous })
    return changedIntegration(previous, plan, caller, await checkScript(plan.draft, previous))
  })
  rules.announce({ action: 'updated', integration, previous, by: caller })
  return viewOf(integration, rules)
}

/** The values that complete a partial update for the check before the integration is looked up. */
const placeholders: Readonly<Record<IntegrationType, IntegrationInput>> = {
  'webhook-incoming': {
    type: 'webhook-incoming', name: '-', enabled: false, username: '-', channel: '#-', scriptEnabled: false
  },
  'webhook-outgoing': {
    type: 'webhook-outgoing',
    name: '-',
    enabled: false,
    username: '-',
    channel: '#-',
    scriptEnabled: false,
    event: 'sendMessage',
    urls: ['http://placeholder.invalid']
  }
}

/** The body that would create the integration as it is. */
function inputOf (integration: Integration): IntegrationInput {
  if (integration.type === 'webhook-incoming') {
    const { overrideDestinationChannelEnabled } = integration
    return { type: integration.type, ...commonInputOf(integration), overrideDestinationChannelEnabled }
  }
  const { event, urls, token } = integration
  const { triggerWords, triggerWordAnywhere, targetRoom } = integration
  const { runOnEdits, impersonateUser, retryFailedCalls, retryCount, retryDelay } = integration
  return {
    type: integration.type,
    ...commonInputOf(integration),
    event,
    urls,
    token,
    ...present({
      triggerWords,
      triggerWordAnywhere,
      targetRoom,
      runOnEdits,
      impersonateUser,
      retryFailedCalls,
      retryCount,
      retryDelay
    })
  }
}

type CommonInput = Pick<IncomingInput,
  'name' | 'enabled' | 'username' | 'channel' | 'scriptEnabled' | 'script' | 'scriptEngine' | 'skipTranspile' | 'alias' |
  'avatar' | 'emoji'>

function commonInputOf (integration: Integration): CommonInput {
  const { name, enabled, username, channel, scriptEnabled, scriptEngine, skipTranspile } = integration
  const { script, alias, avatar, emoji } = integration
  return {
    name, enabled, username, channel, scriptEnabled, scriptEngine, skipTranspile, ...present({ script, alias, avatar, emoji })
  }
}

/** The body with the fields of an update in the place of its own. */
function overlay (input: IntegrationInput, update: IntegrationUpdate): IntegrationInput {
  const { integrationId, target_url: targetUrl, _updatedAt, targetChannel, avatarUrl, scriptCompiled, ...rest } = update
  const { _id, userId, scriptError, hookPath, secret, _createdAt, _createdBy, _updatedBy, ...fields } = rest
  if (fields.type === 'webhook-incoming') {
    const { token, ...incoming } = fields
    return input.type === fields.type ? { ...input, ...present(incoming) } : input
  }
  if (input.type !== fields.type) return input
  // A blank token is none, and the integration keeps the one that it has.
  const token = fields.token || input.token
  const merged = { ...input, ...present({ ...fields, token }) }
  // A client that does not know targetRoom names the room in channel.
  return fields.targetRoom === undefined && fields.channel?.length && isEventName(merged.event) && useOf(merged.event).targetRoom
    ? { ...merged, targetRoom: null }
    : merged
}

/** A script that was accepted once may stay as long as it is. */
function rulesFor ({ script }: IntegrationUpdate, previous: Integration, rules: Rules): Rules {
  return script == null || script === previous.script ? { ...rules, ...anyScript } : rules
}

const anyScript = { maxScriptLength: Infinity }

/**
 * What only the server sets may come back as it was read, so that a client
 * can change one field of what it got and send all of it.
 *
 * @param answered the integration as it would be answered now.
 */
function requireEcho (update: IntegrationUpdate, answered: IntegrationView): void {
  const changed = [...serverFields, ...(update.type === 'webhook-incoming' ? ['token'] : [])].filter((field) => {
    const sent: unknown = Reflect.get(update, field)
    if (sent == null || sent === '') return false
    const value: unknown = Reflect.get(answered, field)
    return secretFields.has(field) && typeof value === 'string' ? !isSecret(sent, value) : !isDeepStrictEqual(sent, value)
  })
  if (changed.length === 0) return
  throw invalidParams(changed.map((field): InvalidField => ({
    path: `/${field}`,
    message: field === 'token'
      ? 'can be changed by integrations.regenerateToken only'
      : 'is set by the server: leave it out or send it as it was read'
  })))
}

/** Compares in constant time: the time tells nothing about the token. */
function isSecret (guess: unknown, secret: string): boolean {
  return typeof guess === 'string' && timingSafeEqual(hash('sha256', guess, 'buffer'), hash('sha256', secret, 'buffer'))
}

const serverFields = Object.keys(echoFields)

const secretFields: ReadonlySet<string> = new Set(['token', 'hookPath', 'secret'])

function requireGuard ({ _updatedAt }: IntegrationUpdate, integration: Integration): void {
  if (_updatedAt == null || _updatedAt === '' || _updatedAt === integration._updatedAt) return
  throw new IntegrationError('error-integration-changed', { details: { field: '_updatedAt' } })
}
