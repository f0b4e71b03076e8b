import { test } from 'tap'
import { Chat, type ChatEvents, type Draft } from '../../../examples/chat/chat.ts'
import type { Workspace } from '../../../examples/workspace.ts'

const ann = { _id: 'u1', username: 'ann' }
const bea = { _id: 'u2', username: 'bea' }
const workspace: Workspace = {
  roles: {},
  users: [{ ...ann, authToken: 'very-secret', roles: [] }, { ...bea, roles: [] }],
  rooms: [
    { _id: 'r1', name: 'lobby', type: 'c', members: [] },
    { _id: 'r2', name: 'board', type: 'p', members: ['u1'] }
  ]
}
const lobby = { room: { _id: 'r1' } }
const board = { room: { _id: 'r2' } }

function draft (text: string): Draft {
  return { text, parseUrls: true, groupable: false }
}

/** What a chat tells, in order: name of the event, room, user, text. */
function listen (chat: Chat): unknown[] {
  const told: unknown[] = []
  const names: ReadonlyArray<keyof ChatEvents> = ['messagePosted', 'messageEdited', 'roomCreated', 'roomJoined', 'roomLeft', 'roomArchived']
  for (const name of names) {
    chat.on(name, (event: { room: { _id: string }, user: { username: string }, message?: { msg: string } }) => {
      told.push([name, event.room._id, event.user.username, ...(event.message ? [event.message.msg] : [])])
    })
  }
  return told
}

test('keeps the last 1,000 messages of each room', (t) => {
  const chat = new Chat(workspace)
  const first = chat.post(ann, lobby, draft('1'))
  for (let i = 2; i <= 1000; i++) chat.post(ann, lobby, draft(String(i)))
  const room = chat.findRoomById('r1')
  t.equal(room?.timeline.size, 1000)
  t.equal(chat.edit(ann, room, first._id, '1, edited').msg, '1, edited')
  chat.post(ann, board, draft('of another room'))
  for (let i = 1001; i <= 1003; i++) chat.post(ann, lobby, draft(String(i)))
  const texts = room?.timeline.newest(0, Infinity).map(({ msg }) => msg)
  t.strictSame(texts, Array.from({ length: 1000 }, (_, i) => String(1003 - i)))
  t.equal(room?.messageCount, 1003)
  t.throws(() => chat.edit(ann, room, first._id, 'x'), { code: `No message found with the id of "${first._id}".` })
  t.equal(chat.findRoomById('r2')?.timeline.size, 1)
  t.end()
})

test('tells what happened', (t) => {
  const chat = new Chat(workspace)
  const told = listen(chat)
  const room = chat.create(ann, { type: 'c', name: 'new', members: [] })
  const message = chat.post(bea, { room }, draft('tpyo'))
  chat.edit(bea, room, message._id, 'typo')
  chat.join(bea, room)
  chat.leave(bea, room)
  chat.archive(ann, room)
  t.strictSame(told, [
    ['roomCreated', room._id, 'ann'],
    ['roomJoined', room._id, 'bea'],
    ['messagePosted', room._id, 'bea', 'tpyo'],
    ['messageEdited', room._id, 'bea', 'typo'],
    ['roomLeft', room._id, 'bea'],
    ['roomArchived', room._id, 'ann']
  ])
  t.notOk(JSON.stringify(message).includes('very-secret'))
  t.end()
})

test('tells nothing of what it refused', (t) => {
  const chat = new Chat(workspace)
  const told = listen(chat)
  const room = chat.findRoomById('r2')
  if (room === undefined) throw new Error('no room')
  t.throws(() => chat.post(bea, board, draft('x')), { code: 'error-not-allowed', reason: undefined })
  t.throws(() => chat.join(bea, room), { code: 'error-not-allowed' })
  t.throws(() => chat.post(ann, lobby, draft('')), { code: 'error-no-message' })
  t.throws(() => chat.post(ann, { room: { _id: 'lobby' } }, draft('x')), { code: 'error-invalid-room' }, 'an _id, not a name')
  t.throws(() => chat.post({ _id: 'u3' }, lobby, draft('x')), { code: 'error-invalid-user' })
  t.throws(() => chat.post(ann, { user: { _id: 'u3' } }, draft('x')), { code: 'error-invalid-user' })
  t.strictSame(told, [])
  t.equal(chat.isMember('u1', 'r1'), false, 'a refused message does not join')
  t.end()
})

test('posting in a channel joins it, once', (t) => {
  const chat = new Chat(workspace)
  const told = listen(chat)
  chat.post(ann, lobby, draft('1'))
  chat.post(ann, lobby, draft('2'))
  t.strictSame(told, [['roomJoined', 'r1', 'ann'], ['messagePosted', 'r1', 'ann', '1'], ['messagePosted', 'r1', 'ann', '2']])
  t.end()
})

test('makes direct conversations when they are needed', (t) => {
  const chat = new Chat(workspace)
  const told = listen(chat)
  chat.check(ann, { user: bea }, draft('x'))
  t.equal(chat.findDirectRoom('u1', 'u2'), undefined, 'a check makes none')
  const there = chat.post(ann, { user: bea }, draft('there'))
  const back = chat.post(bea, { user: ann }, draft('back'))
  t.equal(there.rid, 'u1u2')
  t.equal(back.rid, 'u1u2')
  t.same([...chat.findRoomById('u1u2')?.members ?? []], ['u1', 'u2'])
  t.equal(chat.post(ann, { user: ann }, draft('note')).rid, 'u1u1', 'with oneself')
  t.same([...chat.findRoomById('u1u1')?.members ?? []], ['u1'])
  t.same(told.map((event) => Object(event)[0]), ['messagePosted', 'messagePosted', 'messagePosted'])
  t.end()
})

test('a direct conversation takes no other room\'s place', (t) => {
  const chat = new Chat({ ...workspace, rooms: [{ _id: 'u1u2', name: 'lobby', type: 'c', members: [] }] })
  const { rid } = chat.post(ann, { user: bea }, draft('x'))
  t.not(rid, 'u1u2')
  t.equal(chat.findRoomById(rid)?.type, 'd')
  t.equal(chat.findRoomById('u1u2')?.type, 'c')
  t.end()
})
