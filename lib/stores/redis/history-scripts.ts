import { script } from '../../base/redis/script.ts'

/**
 * Adds an entry at the end, removes an earlier state of the entry, and removes
 * the oldest entries until the rest is within the bounds. Sending the script
 * twice leaves the same entries.
 *
 * The entry and its place are written together. If the two keys disagree, Redis
 * or an administrator has removed a part of them. Then both keys begin anew.
 *
 * Replies 1, or 0 when a later state of the entry is stored.
 */
export const appendHistoryScript = script(`
-- KEYS 1 history                    ARGV 1 _id of the entry
--      2 places: for each entry,         2 when it was updated, milliseconds since 1970
--        ':' and its _id, with its       3 entry
--        place in the stream, bytes      4 most entries
--        and time of update; and         5 most bytes
--        'bytes' of all                  6 milliseconds until an entry is forgotten
local count, field = redis.call('XLEN', KEYS[1]), ':' .. ARGV[1]
if redis.call('HLEN', KEYS[2]) ~= (count > 0 and count + 1 or 0) then
  redis.call('DEL', KEYS[1], KEYS[2])
  count = 0
end
local bytes = tonumber(redis.call('HGET', KEYS[2], 'bytes') or 0) + #ARGV[3]
local known = redis.call('HGET', KEYS[2], field)
local knownPlace, knownBytes, knownUpdate
if known then
  knownPlace, knownBytes, knownUpdate = string.match(known, '^(%S+) (%d+) (%S+)$')
  if tonumber(knownUpdate) > tonumber(ARGV[2]) then
    return 0
  end
end
-- The commands that need memory come first: when Redis has none, nothing changes.
local place = redis.call('XADD', KEYS[1], '*', '_id', ARGV[1], 'entry', ARGV[3])
redis.call('HSET', KEYS[2], field, place .. ' ' .. #ARGV[3] .. ' ' .. ARGV[2])
count = count + 1
if known then
  redis.call('XDEL', KEYS[1], knownPlace)
  count, bytes = count - 1, bytes - tonumber(knownBytes)
end
local function time (of)
  return tonumber(string.match(of, '^%d+'))
end
local stale = time(place) - tonumber(ARGV[6])
while count > 0 do
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if count <= tonumber(ARGV[4]) and bytes <= tonumber(ARGV[5]) and time(oldest[1]) >= stale then
    break
  end
  redis.call('XDEL', KEYS[1], oldest[1])
  redis.call('HDEL', KEYS[2], ':' .. oldest[2][2])
  count, bytes = count - 1, bytes - #oldest[2][4]
end
if count == 0 then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 1
end
redis.call('HSET', KEYS[2], 'bytes', bytes)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1
`)

/** Lua: the place in the stream of the oldest entry that is not forgotten yet, in milliseconds. */
const oldestTime = `
local now = redis.call('TIME')
local from = now[1] * 1000 + math.floor(now[2] / 1000) - tonumber(ARGV[1])
`

/**
 * A part of the entries, newest first. The script writes nothing. It skips
 * entries that are too old; the next entry that is added removes them.
 *
 * Replies the number of all entries, and the entries of the part.
 */
export const listHistoryScript = script(`
-- KEYS 1 history                    ARGV 1 milliseconds until an entry is forgotten
--                                        2 how many are left out
--                                        3 how many follow
${oldestTime}
local total = redis.call('XLEN', KEYS[1])
if total > 0 and from > 0 then
  total = total - #redis.call('XRANGE', KEYS[1], '-', string.format('%.0f', from - 1))
end
local offset, entries = tonumber(ARGV[2]), {}
local last = math.min(total, offset + tonumber(ARGV[3]))
if last > offset then
  local found = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', last)
  for i = offset + 1, last do
    entries[#entries + 1] = found[i][2][4]
  end
end
return { total, entries }
`)

/** Replies the entry, or nothing when there is no such entry or the entry is too old. */
export const getHistoryScript = script(`
-- KEYS 1 history                    ARGV 1 milliseconds until an entry is forgotten
--      2 places                          2 _id of the entry
${oldestTime}
local known = redis.call('HGET', KEYS[2], ':' .. ARGV[2])
local place = known and string.match(known, '^%S+')
if not place or tonumber(string.match(place, '^%d+')) < from then
  return false
end
local found = redis.call('XRANGE', KEYS[1], place, place)[1]
return found and found[2][4] or false
`)

/** Forgets all entries. */
export const clearHistoryScript = script(`
-- KEYS 1 history
--      2 places
return redis.call('DEL', KEYS[1], KEYS[2])
`)
