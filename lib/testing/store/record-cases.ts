import assert from 'node:assert/strict'
import type { Integration } from '../../../schemas/index.ts'
import { found } from './read.ts'
import { awkwardTexts, everyIncomingOption, everyOutgoingOption, incomingRecord, outgoingRecord, patient } from '../samples.ts'
import type { StoreCases } from './store-under-test.ts'

/** A store keeps every integration as it was inserted. */
export const recordCases: StoreCases = {
  async 'the store says whether it is persistent' (create) {
    const { store, reopen } = await create()
    assert.ok(store.persistent === undefined || typeof store.persistent === 'boolean', 'persistent is a boolean or absent')
    if (store.persistent !== false) assert.ok(reopen !== undefined, 'a persistent store brings reopen')
  },

  async 'an inserted integration is found' (create) {
    const { store } = await create()
    const records = [
      incomingRecord({ _id: 'incoming' }),
      incomingRecord({ _id: 'fullIncoming', ...everyIncomingOption }),
      outgoingRecord({ _id: 'outgoing' }),
      outgoingRecord({ _id: 'fullOutgoing', ...everyOutgoingOption })
    ]
    for (const record of records) await store.insert(record, {}, patient)
    for (const record of records) assert.deepEqual(await found(store, record._id), record)
  },

  async 'a long script is kept' (create) {
    const { store } = await create()
    const record = incomingRecord({ script: '// ö\n'.repeat(50_000) })
    await store.insert(record, {}, patient)
    assert.ok((await found(store, record._id))?.script === record.script, 'the script is the same')
  },

  async 'find answers null for an unknown _id' (create) {
    const { store } = await create()
    assert.equal(await found(store, 'known'), null, 'the store is empty')
    await store.insert(incomingRecord({ _id: 'known' }), {}, patient)
    for (const id of ['unknown', 'KNOWN', 'known ', 'known\0', 'know', '', '*', '__proto__', 'constructor', 'toString']) {
      assert.equal(await found(store, id), null, `find(${JSON.stringify(id)})`)
    }
  },

  async 'every text is kept unchanged' (create) {
    const { store } = await create()
    const records = awkwardTexts.flatMap((text, index): Integration[] => [
      incomingRecord({
        _id: `incoming-${index}`,
        name: text,
        username: text,
        userId: text,
        channel: [text],
        channelIds: [text],
        script: text,
        alias: text,
        avatar: text,
        emoji: text,
        token: text,
        scriptError: { name: text, message: text },
        _createdBy: { _id: text, username: text },
        _updatedBy: { _id: text, username: text }
      }),
      outgoingRecord({
        _id: `outgoing-${index}`, name: text, urls: [text, `${text}2`], triggerWords: [text], targetRoom: text, targetRoomId: text
      })
    ])
    for (const record of records) await store.insert(record, {}, patient)
    for (const record of records) assert.deepEqual(await found(store, record._id), record)
  },

  async 'integrations stay apart, whatever characters their _id has' (create) {
    const { store } = await create()
    const ids = [
      'a', 'A', 'a ', ' a', 'a\0', 'a:b', 'a::b', '{a}', '*', '?', '[a]', '\\a', 'a\r\nb', 'ä', 'a\u0308', '__proto__',
      'constructor', 'webhook-incoming', 'changes', '😀'
    ]
    for (const _id of ids) await store.insert(incomingRecord({ _id, name: `name of ${_id}` }), {}, patient)
    for (const _id of ids) assert.deepEqual(await found(store, _id), incomingRecord({ _id, name: `name of ${_id}` }))
  },

  async 'empty lists, long numbers and fields of a later version are kept' (create) {
    const { store } = await create()
    const record = outgoingRecord({
      channel: [], urls: [], triggerWords: [], retryCount: Number.MAX_SAFE_INTEGER, runOnEdits: false
    })
    Object.assign(record, {
      later: { list: [], nothing: {}, none: null, no: false, zero: 0, small: 0.1, long: [Number.MIN_SAFE_INTEGER, 1e21], nested: [[[]]] }
    })
    await store.insert(record, {}, patient)
    assert.deepEqual(await found(store, record._id), record)
  },

  async 'the store shares no object with its caller' (create) {
    const { store } = await create()
    const original = outgoingRecord(everyOutgoingOption)
    // The fields of the samples are shared with other cases.
    const record = structuredClone(original)
    await store.insert(record, {}, patient)
    spoil(record)
    const first = await found(store, original._id)
    assert.deepEqual(first, original, 'a change of the inserted object does not reach the store')
    if (first !== null) spoil(first)
    assert.deepEqual(await found(store, original._id), original, 'a change of a found object does not reach the store')
    assert.notEqual(await found(store, original._id), await found(store, original._id), 'each find answers another object')
  },

  async 'the store does not change the inserted object' (create) {
    const { store } = await create()
    const record = Object.freeze(outgoingRecord({ ...everyOutgoingOption }))
    const before = structuredClone(record)
    await store.insert(record, {}, patient)
    assert.deepEqual(record, before)
  }
}

/** Changes an object wherever it can be changed. */
function spoil (integration: Integration): void {
  integration.name = 'spoilt'
  integration.channel.push('#spoilt')
  integration.channelIds?.push('#spoilt')
  integration._createdBy.username = 'spoilt'
  if (integration.scriptError !== undefined) integration.scriptError.message = 'spoilt'
  if (integration.type === 'webhook-outgoing') {
    integration.urls.length = 0
    integration.triggerWords?.push('spoilt')
  }
}
