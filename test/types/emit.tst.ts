import { describe, expect, test } from 'tstyche'
import type { Emit, EmitResult } from '../../lib/outgoing/dispatcher.ts'
import type { EventData } from '../../schemas/events/data.ts'
import type { Payload, PayloadWithoutToken } from '../../schemas/events/payload.ts'

declare const emit: Emit
declare const message: EventData['sendMessage']
declare const user: EventData['userCreated']['user']

describe('emit', () => {
  test('is typed by the event', () => {
    expect(emit('sendMessage', message)).type.toBe<Promise<EmitResult>>()
    expect(emit).type.toBeCallableWith('userCreated', { user })
    expect(emit).type.not.toBeCallableWith('sendMessage', { user })
    expect(emit).type.not.toBeCallableWith('sendMessage', { ...message, room: { _id: 'r' } })
    expect(emit).type.not.toBeCallableWith('noEvent', { user })
    expect(emit).type.not.toBeCallableWith('sendMessage')
  })

  test('takes dates, texts, null and more than is asked for', () => {
    const host = { _id: 'u', username: 'alice', password: 'secret', name: null, createdAt: new Date() }
    expect(emit).type.toBeCallableWith('userCreated', { user: host })
    expect(emit).type.toBeCallableWith('userCreated', { user: { ...host, createdAt: '2024-05-06T07:08:09Z', name: undefined } })
    expect(emit).type.not.toBeCallableWith('userCreated', { user: { ...host, createdAt: 5 } })
  })
})

describe('payloads', () => {
  test('are typed by the event', () => {
    expect<Payload<'userCreated'>>().type.toHaveProperty('token')
    expect<PayloadWithoutToken<'userCreated'>>().type.not.toHaveProperty('token')
    expect<PayloadWithoutToken<'fileUploaded'>>().type.toHaveProperty('room')
    expect<PayloadWithoutToken<'sendMessage'>>().type.not.toHaveProperty('room')
  })
})
