import { test } from 'tap'
import { withoutBodiesOfOtherRooms } from '../../../lib/history/rooms.ts'
import { viewOfEntry } from '../../../lib/history/view.ts'
import { callsOf } from '../../support/calls.ts'
import { entryOf, everyEntryField } from '../../support/history.ts'
import { members, workspace } from '../../support/workspace.ts'

const { owner } = members
const { directory } = workspace()

test('leaves the bodies of a room out that the reader is no member of', async (t) => {
  const { data, httpCallData, httpResult, console, messages, notes, lane, roomType, ...visible } = everyEntryField
  const entries = [
    entryOf('a', '1', { ...everyEntryField, roomId: 'secretId' }),
    entryOf('a', '2', { ...everyEntryField, roomId: 'teamId' }),
    entryOf('a', '3', { roomId: 'secretId', step: 'x' }),
    entryOf('a', '4', { roomId: 'a room that is gone', data }),
    entryOf('a', '5', { data })
  ].map(viewOfEntry)
  const before = structuredClone(entries)
  t.strictSame(await withoutBodiesOfOtherRooms(callsOf(), owner, entries), [
    entryOf('a', '1', { ...visible, roomId: 'secretId', truncated: ['data', 'httpCallData', 'httpResult', 'console', 'messages', 'notes'] }),
    entries[1],
    entries[2],
    entryOf('a', '4', { roomId: 'a room that is gone', truncated: ['data'] }),
    entries[4]
  ])
  t.strictSame(entries, before, 'the entries are not changed')
})

test('a script may write what was said into a URL and into an error', async (t) => {
  const told = { url: 'https://a.example/?q=secret', error: 'the address of secret.example is not public', httpError: { message: 'secret.example' } }
  const failed = { step: 'execute-script-error-running-process_outgoing_response', url: 'https://a.example/', error: 'threw: Error: secret' }
  const [request, process, plain, member] = await withoutBodiesOfOtherRooms(callsOf(), owner, [
    entryOf('a', '1', { ...told, roomId: 'secretId', ranPrepareScript: true, status: 500 }),
    entryOf('a', '2', { ...failed, roomId: 'secretId' }),
    entryOf('a', '3', { ...told, roomId: 'secretId' }),
    entryOf('a', '4', { ...told, roomId: 'teamId', ranPrepareScript: true })
  ])
  t.strictSame(request, entryOf('a', '1', { roomId: 'secretId', ranPrepareScript: true, status: 500, truncated: ['url', 'error', 'httpError'] }))
  t.notMatch(JSON.stringify(process), /secret[^I]/)
  t.strictSame(plain, entryOf('a', '3', { ...told, roomId: 'secretId' }), 'the integration itself names the URL')
  t.match(member, told)
})

test('asks for each room once, side by side', async (t) => {
  const asked: string[] = []
  let underWay = 0
  let most = 0
  const calls = callsOf({
    directory: {
      ...directory,
      async isMember (userId, roomId) {
        asked.push(`${userId} ${roomId}`)
        most = Math.max(most, ++underWay)
        await new Promise((resolve) => setTimeout(resolve, 10))
        underWay--
        return await directory.isMember(userId, roomId, { signal: new AbortController().signal })
      }
    }
  })
  const rooms = ['teamId', 'secretId', 'GENERAL']
  const entries = Array.from({ length: 30 }, (_, number) => entryOf('a', String(number), { roomId: rooms[number % 3] ?? '', data: number }))
  const read = await withoutBodiesOfOtherRooms(calls, owner, entries)
  t.strictSame(asked.sort(), rooms.map((room) => `ownerId ${room}`).sort())
  t.equal(most, 3)
  t.strictSame(read.map(({ data }) => data), entries.map(({ data }, number) => number % 3 === 1 ? undefined : data))
  t.strictSame(await withoutBodiesOfOtherRooms(calls, owner, [entryOf('a', '1')]), [entryOf('a', '1')])
  t.equal(asked.length, 3, 'no room, no question')
})

test('shows nothing while it is not known who is a member', async (t) => {
  const calls = callsOf({ directory: { ...directory, isMember: () => { throw new Error('away') } } })
  await t.rejects(withoutBodiesOfOtherRooms(calls, owner, [entryOf('a', '1', { roomId: 'teamId' })]), { code: 'error-service-unavailable' })
})
