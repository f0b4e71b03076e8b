import assert from 'node:assert/strict'
import type { Integration } from '../../../schemas/index.ts'

/** Events by the fields that mean something for them: contract 2.4, written down once more. */
const withChannel: readonly string[] = ['sendMessage', 'fileUploaded', 'roomJoined', 'roomLeft']

/** Makes sure that an integration is stored as the contract's 2.1 to 2.4 say, whatever was sent. */
export function assertNormalForm (integration: Integration): void {
  const { name, channel, token, script, alias, avatar, emoji } = integration
  text('name', name, 200)
  text('alias', alias, 120)
  text('emoji', emoji, 100)
  text('avatar', avatar, 2048)
  if (avatar !== undefined) assert.match(avatar, /^(?:\/|https?:\/\/)/i)
  if (script !== undefined) assert.ok(script.trim() !== '' && Buffer.byteLength(script) <= 65_536, 'script')
  assert.ok(token.length >= 1 && token.length <= 200, 'token')
  list('channel', channel, 100)
  for (const part of channel) assert.match(part, /^(?:[#@][^]|all_public_channels$|all_private_groups$|all_direct_messages$)/)
  if (integration.type === 'webhook-incoming') {
    assert.ok(channel.length > 0, 'channel')
    return
  }
  const { event, urls, triggerWords, targetRoom, retryFailedCalls, retryCount, retryDelay } = integration
  assert.equal(channel.length > 0, withChannel.includes(event), 'channels for the events that use them')
  list('urls', urls, 20)
  assert.ok(urls.length > 0, 'urls')
  for (const url of urls) assert.ok(/^https?:\/\//i.test(url) && URL.canParse(url) && url.length <= 2048, url)
  if (triggerWords !== undefined) {
    assert.equal(event, 'sendMessage')
    assert.ok(triggerWords.length > 0, 'triggerWords')
    list('triggerWords', triggerWords, 100)
    for (const word of triggerWords) assert.ok(word.length <= 200, 'trigger word')
  }
  text('targetRoom', targetRoom, Infinity)
  // Without # or @ it is a room or a user, too.
  if (targetRoom !== undefined) assert.doesNotMatch(targetRoom, /^(?:[#@]$|all_public_channels$|all_private_groups$|all_direct_messages$)/i)
  if (event === 'userCreated') assert.ok(targetRoom !== undefined, 'targetRoom')
  if (retryCount !== undefined) assert.ok(retryCount >= 0 && retryCount <= 10, 'retryCount')
  if (retryFailedCalls === true) assert.ok(retryCount !== undefined && retryDelay !== undefined, 'defaults of a retry')
}

function text (field: string, value: string | undefined, longest: number): void {
  if (value === undefined) return
  assert.equal(value, value.trim(), `${field} is trimmed`)
  assert.ok(value !== '' && value.length <= longest, field)
}

function list (field: string, values: readonly string[], most: number): void {
  for (const value of values) text(field, value, Infinity)
  assert.equal(new Set(values).size, values.length, `${field} has no repetitions`)
  assert.ok(values.length <= most, field)
}
