import { test } from 'tap'
import { Lanes, type Place } from '../../../../lib/outgoing/delivery/lanes.ts'

function placeOf (place: Place | number): Place {
  if (typeof place === 'number') throw new Error('there is no place')
  return place
}

test('five calls of one receiver at a time, and others are not delayed', (t) => {
  const lanes = new Lanes(() => 0)
  const places = Array.from({ length: 5 }, () => placeOf(lanes.enter('slow')))
  t.type(lanes.enter('slow'), 'number')
  for (let calls = 0; calls < 5; calls++) placeOf(lanes.enter('fast'))
  places[0]?.leave({ outcome: 'succeeded', duration: 5 })
  placeOf(lanes.enter('slow'))
  t.end()
})

test('a receiver that is away is paused by itself', (t) => {
  const lanes = new Lanes(() => 1000)
  for (let calls = 0; calls < 10; calls++) placeOf(lanes.enter('away')).leave({ outcome: 'failed', duration: 1 })
  t.ok(Number(lanes.enter('away')) >= 30_000)
  t.equal(lanes.pausedSince('away'), 1000)
  t.equal(lanes.pausedSince('other'), undefined)
  placeOf(lanes.enter('other'))
  t.end()
})

test('a place that was refused for want of room lets a probe go on', (t) => {
  const clock = { now: 0 }
  const lanes = new Lanes(() => clock.now)
  const places = Array.from({ length: 5 }, () => placeOf(lanes.enter('a')))
  for (const place of places) place.leave({ outcome: 'gone', duration: 1 })
  clock.now = 700_000
  const probe = placeOf(lanes.enter('a'))
  t.type(lanes.enter('a'), 'number')
  probe.leave({ outcome: 'unknown' })
  placeOf(lanes.enter('a')).leave({ outcome: 'succeeded', duration: 1 })
  t.equal(lanes.pausedSince('a'), undefined)
  t.end()
})

test('a receiver whose calls take a second on average is slow', (t) => {
  const lanes = new Lanes(() => 0)
  t.notOk(placeOf(lanes.enter('a')).isSlow)
  placeOf(lanes.enter('a')).leave({ outcome: 'failed', duration: 9000 })
  t.ok(placeOf(lanes.enter('a')).isSlow)
  t.end()
})

test('ten thousand receivers are remembered, and those with calls under way for sure', (t) => {
  const lanes = new Lanes(() => 0)
  const busy = placeOf(lanes.enter('busy'))
  for (let lane = 0; lane < 10_100; lane++) placeOf(lanes.enter(`gone-${lane}`)).leave({ outcome: 'gone', duration: 1 })
  t.equal(lanes.pausedSince('gone-0'), undefined, 'forgotten')
  t.equal(lanes.pausedSince('gone-10099'), 0)
  for (let calls = 0; calls < 4; calls++) placeOf(lanes.enter('busy'))
  t.type(lanes.enter('busy'), 'number', 'counted on')
  busy.leave({ outcome: 'succeeded', duration: 1 })
  t.end()
})

test('the receiver that was called least recently is forgotten first', (t) => {
  const lanes = new Lanes(() => 0)
  placeOf(lanes.enter('paused')).leave({ outcome: 'gone', duration: 1 })
  for (let lane = 0; lane < 9999; lane++) placeOf(lanes.enter(`gone-${lane}`)).leave({ outcome: 'gone', duration: 1 })
  t.type(lanes.enter('paused'), 'number')
  placeOf(lanes.enter('one more')).leave({ outcome: 'gone', duration: 1 })
  t.equal(lanes.pausedSince('paused'), 0)
  t.equal(lanes.pausedSince('gone-0'), undefined)
  t.end()
})
