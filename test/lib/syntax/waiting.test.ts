import { test } from 'tap'
import { type WaitingLimits, WaitingScripts, type WaitingScript } from '../../../lib/syntax/waiting.ts'

const limits: WaitingLimits = { mostOfUser: 100, mostOfAll: 1000, mostBytes: 1_000_000 }

function roomFor (some: Partial<WaitingLimits>): WaitingScripts<WaitingScript> {
  return new WaitingScripts({ ...limits, ...some })
}

/** Adds scripts of a user until one is refused; says how many there are then, and the reason. */
function fill (room: WaitingScripts<WaitingScript>, userId: string, source = '1'): [added: number, reason: string] {
  for (let added = 0; ; added++) {
    try {
      room.add({ source, userId })
    } catch (error) {
      return [added, error instanceof Error ? error.message : '']
    }
  }
}

/** The users whose scripts are taken one after the other. */
function turns (room: WaitingScripts<WaitingScript>): string[] {
  const users: string[] = []
  for (let script = room.next(); script !== undefined; script = room.next()) users.push(script.userId)
  return users
}

test('one user has so many places, and the others have theirs', (t) => {
  const room = roomFor({ mostOfUser: 3 })
  t.strictSame(fill(room, 'alice'), [3, '3 scripts of this user wait already'])
  t.strictSame(fill(room, 'bob'), [3, '3 scripts of this user wait already'])
  t.strictSame(turns(room), ['alice', 'bob', 'alice', 'bob', 'alice', 'bob'])
  t.strictSame(fill(room, 'alice'), [3, '3 scripts of this user wait already'], 'there is room again')
  t.end()
})

test('no user takes the places of the others', (t) => {
  const room = roomFor({ mostOfAll: 12 })
  t.strictSame(fill(room, 'alice'), [6, 'scripts wait already: 6 of this user, 6 of all users'], 'half of the places')
  t.strictSame(fill(room, 'bob'), [3, 'scripts wait already: 3 of this user, 9 of all users'], 'half of the rest')
  t.strictSame(fill(room, 'carol'), [2, 'scripts wait already: 2 of this user, 11 of all users'])
  t.strictSame(fill(room, 'dave'), [1, 'scripts wait already: 1 of this user, 12 of all users'])
  t.strictSame(fill(room, 'erin'), [0, 'scripts wait already: 0 of this user, 12 of all users'], 'the bound holds')
  room.next()
  t.strictSame(fill(room, 'alice'), [0, 'scripts wait already: 5 of this user, 11 of all users'], 'a place that is free again is for those that have few')
  t.strictSame(fill(room, 'erin'), [1, 'scripts wait already: 1 of this user, 12 of all users'])
  t.end()
})

test('nor their bytes', (t) => {
  const room = roomFor({ mostBytes: 1200 })
  // 50 code units take up to 100 bytes.
  const source = 'x'.repeat(50)
  t.strictSame(fill(room, 'alice', source), [6, 'scripts wait already: 6 of this user, 6 of all users'])
  t.strictSame(fill(room, 'bob', source), [3, 'scripts wait already: 3 of this user, 9 of all users'])
  t.throws(() => room.add({ source: 'x'.repeat(151), userId: 'carol' }), { message: 'scripts wait already: 0 of this user, 9 of all users' })
  room.add({ source: 'x'.repeat(150), userId: 'carol' })
  t.throws(() => room.add({ source: 'x', userId: 'dave' }), { message: 'scripts wait already: 0 of this user, 10 of all users' })
  t.strictSame(turns(room).length, 10)
  t.strictSame(fill(room, 'alice', source)[0], 6, 'all bytes are free again')
  t.end()
})

test('as many users as there are places have one each', (t) => {
  const room = roomFor({ mostOfAll: 100 })
  for (let user = 0; user < 100; user++) room.add({ source: '1', userId: `user${user}` })
  t.throws(() => room.add({ source: '1', userId: 'another' }), { message: 'scripts wait already: 0 of this user, 100 of all users' })
  t.strictSame(turns(room), Array.from({ length: 100 }, (_, user) => `user${user}`))
  t.end()
})

test('a script that is longer than the room waits alone', (t) => {
  const room = roomFor({ mostBytes: 1000 })
  const long = { source: 'x'.repeat(5000), userId: 'alice' }
  room.add(long)
  t.throws(() => room.add({ source: '1', userId: 'bob' }), { message: 'scripts wait already: 0 of this user, 1 of all users' })
  t.equal(room.next(), long)
  room.add({ source: '1', userId: 'bob' })
  t.throws(() => room.add(long), { message: 'scripts wait already: 0 of this user, 1 of all users' })
  t.end()
})

test('a script that is taken away gives its place and its bytes back, once', (t) => {
  const room = roomFor({ mostOfAll: 4, mostBytes: 400 })
  const [first, second] = [{ source: 'x'.repeat(50), userId: 'alice' }, { source: 'x'.repeat(50), userId: 'alice' }]
  room.add(first)
  room.add(second)
  t.equal(room.delete(first), true)
  t.equal(room.delete(first), false)
  t.equal(room.delete({ source: '1', userId: 'bob' }), false)
  t.strictSame(room.clear(), [second])
  t.strictSame(room.clear(), [])
  t.equal(room.next(), undefined)
  t.strictSame(fill(room, 'bob', first.source), [2, 'scripts wait already: 2 of this user, 2 of all users'])
  t.end()
})

test('a user whose script is being checked stands behind those that came meanwhile', (t) => {
  const room = roomFor({})
  const add = (userId: string): void => room.add({ source: '1', userId })
  add('alice')
  t.match(room.next(), { userId: 'alice' })
  add('alice')
  add('bob')
  t.strictSame(turns(room), ['bob', 'alice'])

  add('alice')
  t.match(room.next(), { userId: 'alice' })
  const given = { source: '1', userId: 'alice' }
  room.add(given)
  add('bob')
  room.delete(given)
  add('alice')
  t.strictSame(turns(room), ['bob', 'alice'], 'also when scripts were given up meanwhile')
  t.end()
})
