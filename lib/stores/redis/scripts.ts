import { script } from '../../base/redis/script.ts'

/**
 * Adds a record with all its indexes and reports the change. A client that lost
 * the reply may send the script again: the record is added once.
 *
 * With a claim, the answer is also noted under its idempotency key.
 *
 * Replies 1 when the record is stored, 0 when another record has its `_id`, -1
 * when the claim is no longer held, and -2 when the creator has too many
 * integrations already.
 */
export const insertScript = script(`
-- KEYS 1 record                 ARGV 1 record
--      2 changes                     2 _id
--      3 type by creation            3 type
--      4 creator by creation         4 about how many changes are kept
--      5 type by name                5 member by creation
--      6 creator by name             6 member by name
--      7 target URLs                 7… a member for each target URL
--      8 idempotency key,            then how many its creator may have, or 0
--        with a claim                with a claim, at the end:
--                                      the key while it is claimed
--                                      the key from now on
--                                      how many milliseconds it is kept
local last = KEYS[8] and #ARGV - 4 or #ARGV - 1
local most = tonumber(ARGV[last + 1])
local present = redis.call('GET', KEYS[1])
if present then
  return present == ARGV[1] and 1 or 0
end
if KEYS[8] and redis.call('GET', KEYS[8]) ~= ARGV[last + 2] then
  return -1
end
if most > 0 and redis.call('ZCARD', KEYS[4]) >= most then
  return -2
end
local ok, failure = pcall(function ()
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[3], 0, ARGV[5])
  redis.call('ZADD', KEYS[4], 0, ARGV[5])
  redis.call('ZADD', KEYS[5], 0, ARGV[6])
  redis.call('ZADD', KEYS[6], 0, ARGV[6])
  for i = 7, last do
    redis.call('ZADD', KEYS[7], 0, ARGV[i])
  end
  if KEYS[8] then
    redis.call('SET', KEYS[8], ARGV[last + 3], 'PX', ARGV[last + 4])
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'action', 'created', 'type', ARGV[3], '_id', ARGV[2])
end)
if ok then
  return 1
end
-- Redis does not take back what a script wrote before one of its commands
-- failed: a permission that is missing, a key that holds something else.
redis.pcall('DEL', KEYS[1])
for i = 3, 7 do
  redis.pcall('ZREM', KEYS[i], unpack(ARGV, 5, last))
end
if KEYS[8] then
  redis.pcall('DEL', KEYS[8])
end
return redis.error_reply(type(failure) == 'table' and failure.err or failure)
`)

/**
 * Replaces an earlier state of a record, changes the indexes that differ, and
 * reports the change. A client that lost the reply may send the script again:
 * the script finds the new record. When a command of the script fails, the
 * script restores the earlier state.
 *
 * Replies 1 when the new record is stored, and 0 when the earlier state was not
 * found.
 */
export const replaceScript = script(`
-- KEYS 1 record                       ARGV 1 record
--      2 changes                           2 _id
--      3 type by name                      3 type
--      4 creator by name                   4 about how many changes are kept
--      5 target URLs                       5 earlier revision, with the bar
--                                          6 earlier member by name
--                                          7 member by name
--                                          8 how many target URLs are gone
--                                          9… their members, then those of new target URLs
local present = redis.call('GET', KEYS[1])
if present == ARGV[1] then
  return 1
end
if not present or string.sub(present, 1, #ARGV[5]) ~= ARGV[5] then
  return 0
end
local gone = 8 + tonumber(ARGV[8])
local function move (call, from, to, isBack)
  if from ~= to then
    call('ZREM', KEYS[3], from)
    call('ZREM', KEYS[4], from)
    call('ZADD', KEYS[3], 0, to)
    call('ZADD', KEYS[4], 0, to)
  end
  for i = 9, #ARGV do
    if (i <= gone) == isBack then
      call('ZADD', KEYS[5], 0, ARGV[i])
    else
      call('ZREM', KEYS[5], ARGV[i])
    end
  end
end
local ok, failure = pcall(function ()
  redis.call('SET', KEYS[1], ARGV[1])
  move(redis.call, ARGV[6], ARGV[7], false)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'action', 'updated', 'type', ARGV[3], '_id', ARGV[2])
end)
if ok then
  return 1
end
redis.pcall('SET', KEYS[1], present)
move(redis.pcall, ARGV[7], ARGV[6], true)
return redis.error_reply(type(failure) == 'table' and failure.err or failure)
`)

/**
 * Removes a record with all its indexes and reports the change. A mark of the
 * removal is kept for a minute. A client that lost the reply may send the script
 * again: the script finds its own mark. When a command of the script fails, the
 * script restores the record.
 *
 * Replies 1 when the record was removed, and 0 when this state of the record
 * was not found.
 */
export const removeScript = script(`
-- KEYS 1… 7 as those of insert        ARGV 1 revision, with the bar
--      8 who removed it                    2 _id
--                                          3 type
--                                          4 about how many changes are kept
--                                          5… as those of insert
--                                          at the end: who removes it
local last = #ARGV - 1
local present = redis.call('GET', KEYS[1])
if not present and redis.call('GET', KEYS[8]) == ARGV[last + 1] then
  return 1
end
if not present or string.sub(present, 1, #ARGV[1]) ~= ARGV[1] then
  return 0
end
local ok, failure = pcall(function ()
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[5])
  redis.call('ZREM', KEYS[4], ARGV[5])
  redis.call('ZREM', KEYS[5], ARGV[6])
  redis.call('ZREM', KEYS[6], ARGV[6])
  for i = 7, last do
    redis.call('ZREM', KEYS[7], ARGV[i])
  end
  redis.call('SET', KEYS[8], ARGV[last + 1], 'EX', 60)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'action', 'removed', 'type', ARGV[3], '_id', ARGV[2])
end)
if ok then
  return 1
end
redis.pcall('SET', KEYS[1], present)
redis.pcall('ZADD', KEYS[3], 0, ARGV[5])
redis.pcall('ZADD', KEYS[4], 0, ARGV[5])
redis.pcall('ZADD', KEYS[5], 0, ARGV[6])
redis.pcall('ZADD', KEYS[6], 0, ARGV[6])
for i = 7, last do
  redis.pcall('ZADD', KEYS[7], 0, ARGV[i])
end
redis.pcall('DEL', KEYS[8])
return redis.error_reply(type(failure) == 'table' and failure.err or failure)
`)

/**
 * A page of one sorted set, or of two sorted sets read as one. The place of a
 * member among both is its rank in its own set, plus the number of members of
 * the other set before it. The first member of the page is found by
 * interpolation, because most sets are mixed evenly. Every third step is a
 * bisection. So sets that are mixed unevenly take at most three times as many
 * steps as bisection alone.
 *
 * Replies the number of all members, the number of members in the page, and for
 * each set the ascending part that the page is merged from.
 */
export const pageScript = script(`
-- KEYS 1, maybe 2: sorted sets, all scores 0   ARGV 1 how many are left out
--                                                   2 how many follow, at most
--                                                   3 1 counts from the end
local sizeA = redis.call('ZCARD', KEYS[1])
local sizeB = KEYS[2] and redis.call('ZCARD', KEYS[2]) or 0
local first, past = tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2])
if ARGV[3] == '1' then
  first, past = sizeA + sizeB - past, sizeA + sizeB - first
end
first, past = math.max(0, first), math.min(sizeA + sizeB, past)
if first >= past then
  return { sizeA + sizeB, 0, {}, {} }
end
local low, high = math.max(0, first - sizeB), math.min(first, sizeA)
local share = sizeA / (sizeA + sizeB)
local guess, steps = first * share, 0
while low < high do
  steps = steps + 1
  local rank = steps % 3 == 0 and (low + high) / 2 or guess
  rank = math.max(low, math.min(math.floor(rank), high - 1))
  local member = redis.call('ZRANGE', KEYS[1], rank, rank)[1]
  local place = rank + redis.call('ZLEXCOUNT', KEYS[2], '-', '(' .. member)
  if place < first then low = rank + 1 else high = rank end
  guess = rank + (first - place) * share
end
local count, fromB = past - first, first - low
return {
  sizeA + sizeB,
  count,
  redis.call('ZRANGE', KEYS[1], low, low + count - 1),
  KEYS[2] and redis.call('ZRANGE', KEYS[2], fromB, fromB + count - 1) or {}
}
`)

/**
 * Reads as many records as fit. The script asks for the length of a record
 * before it reads the record. A key that holds no string counts as an empty
 * record.
 *
 * Replies the bytes of the records, 1 when the next record does not fit into the
 * bytes that are left, and the records. A missing record is replied as nothing.
 */
export const readScript = script(`
-- KEYS records                           ARGV 1 bytes of this reply, at most, unless the first record is longer
--                                             2 bytes that are left for all replies
--                                             3 bytes that a record counts besides its own
local most, left, more = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local bytes, records = 0, {}
for i, key in ipairs(KEYS) do
  local length = redis.pcall('STRLEN', key)
  local isString = type(length) == 'number'
  local next = bytes + (isString and length > 0 and length + more or 0)
  if next > left then
    return { bytes, 1, records }
  end
  if i > 1 and next > most then
    break
  end
  bytes = next
  records[i] = isString and redis.call('GET', key) or not isString and ''
end
return { bytes, 0, records }
`)

/**
 * Counts the members of a part of an index by name whose name holds a text.
 *
 * Replies the place where the walk goes on (nothing at the end of the index),
 * the number of members that match, and the matching members that can be on the
 * page. By name, these are the first ones in the direction of the walk. By
 * creation, these are the ends of all members that are not beyond a time.
 */
export const searchNamesScript = script(`
-- KEYS 1 index by name                   ARGV 1 where the walk goes on: a member in hexadecimal digits, or ''
--                                             2 how many members are looked at
--                                             3 text, folded
--                                             4 1 walks from the end
--                                             5 how many members are wanted, at most
--                                             6 1 by creation
--                                             7 time in base 36, or '': members beyond it are not wanted
--                                             8 1 when earlier members are beyond it, otherwise later ones
local at = string.gsub(ARGV[1], '..', function (digits) return string.char(tonumber(digits, 16)) end)
local members
if ARGV[4] == '1' then
  members = redis.call('ZREVRANGEBYLEX', KEYS[1], at == '' and '+' or '(' .. at, '-', 'LIMIT', 0, ARGV[2])
else
  members = redis.call('ZRANGEBYLEX', KEYS[1], at == '' and '-' or '(' .. at, '+', 'LIMIT', 0, ARGV[2])
end
local text, wanted, byCreation = ARGV[3], tonumber(ARGV[5]), ARGV[6] == '1'
local bound, isLower = tonumber(ARGV[7], 36), ARGV[8] == '1'
local find, sub, tonumber, count, fitting = string.find, string.sub, tonumber, 0, {}
for i = 1, #members do
  local member = members[i]
  local _, last = find(member, text, 1, true)
  -- The name ends at the last NUL, and what was found must end before it.
  local nul = last and find(member, '\\0', last + 1, true)
  if nul then
    count = count + 1
    if byCreation then
      local further = find(member, '\\0', nul + 1, true)
      while further do
        nul, further = further, find(member, '\\0', further + 1, true)
      end
      local time = bound and tonumber(sub(member, nul + 1, nul + 9), 36)
      if not time or time == bound or (time > bound) == isLower then
        fitting[#fitting + 1] = sub(member, nul + 1)
      end
    elseif #fitting < wanted then
      fitting[#fitting + 1] = member
    end
  end
end
if #members < tonumber(ARGV[2]) then
  return { false, count, fitting }
end
-- In digits: what is no UTF-8 would come back as something else, and the walk would never end.
local digits = string.gsub(members[#members], '.', function (byte) return string.format('%02x', string.byte(byte)) end)
return { digits, count, fitting }
`)

/**
 * The first member of each creator in a part of the index of target URLs. The
 * script takes one step for each creator, not for each integration. It skips a
 * member of another form.
 *
 * Replies the members. When more steps are needed, it also replies the place
 * where the next call goes on.
 */
export const firstOfCreatorsScript = script(`
-- KEYS 1 target URLs                     ARGV 1 start of the range, or where to go on, in hexadecimal digits
--                                             2 end of the range
--                                             3 how many steps, at most
--                                             4 length of what names URL and creator
local from = string.gsub(ARGV[1], '..', function (digits) return string.char(tonumber(digits, 16)) end)
local named, members = tonumber(ARGV[4]), {}
for _ = 1, tonumber(ARGV[3]) do
  local member = redis.call('ZRANGEBYLEX', KEYS[1], from, ARGV[2], 'LIMIT', 0, 1)[1]
  if not member then
    return { members }
  end
  local head = string.match(member, '^[%w_-]+:[%w_-]+:%w+:')
  if head and #head == named + 11 then
    members[#members + 1] = member
    from = '(' .. string.sub(member, 1, named) .. ';'
  else
    from = '(' .. member
  end
end
local digits = string.gsub(from, '.', function (byte) return string.format('%02x', string.byte(byte)) end)
return { members, digits }
`)

/**
 * Claims an idempotency key for some time. A client that lost the reply may send
 * the script again.
 *
 * Replies nothing when the key is now claimed, and otherwise the value of the
 * key.
 */
export const claimScript = script(`
-- KEYS 1 idempotency key                 ARGV 1 the key while it is claimed
--                                             2 how many milliseconds
local present = redis.call('GET', KEYS[1])
if present and present ~= ARGV[1] then
  return present
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
`)

/**
 * Notes the answer of a request, if its claim is still held. A client that lost
 * the reply may send the script again.
 *
 * Replies 1 when the answer is noted, and 0 when the claim is no longer held.
 */
export const settleScript = script(`
-- KEYS 1 idempotency key                 ARGV 1 the key while it is claimed
--                                             2 the key from now on
--                                             3 how many milliseconds it is kept
local present = redis.call('GET', KEYS[1])
if present == ARGV[2] then
  return 1
end
if present ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`)

/** Gives a claim up, if it is still held. */
export const releaseScript = script(`
-- KEYS 1 idempotency key                 ARGV 1 the key while it is claimed
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
`)
