import { script } from '../../base/redis/script.ts'

/** Whether the stream still has an entry; nothing was lost behind an entry that it has. */
const hasEntry = `
local function hasEntry (id)
  return id == '' or #redis.call('XRANGE', KEYS[1], id, id) == 1
end`

/**
 * The changes behind the last one that a reader knows, oldest first. Entries
 * can be lost behind the reader's back: the stream is capped, it may have been
 * flushed, and a failover may have put a replica in charge that never had them.
 * In each case the entry that the reader knows is no longer there.
 *
 * Replies the entries, or nothing when some may have been lost.
 */
export const changesScript = script(`
-- KEYS 1 changes                         ARGV 1 id of the last entry that is known, or '': the stream was empty
--                                             2 id of the newest entry when records were read, or ''
--                                             3 how many entries follow at most
--                                             4 a stream with fewer entries has never lost one to its cap
${hasEntry}
if not hasEntry(ARGV[2]) then
  return false
end
if ARGV[1] == '' then
  if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[4]) then
    return false
  end
  return redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3])
end
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[3] + 1)
if not entries[1] or entries[1][1] ~= ARGV[1] then
  return false
end
table.remove(entries, 1)
return entries
`)

/**
 * Records, as many as fit, and the newest change at that moment. A key that
 * holds no string counts as an empty record.
 *
 * Replies the id of the newest entry, or '', and the records, nothing in the
 * place of one that is not there; or nothing at all when changes that the
 * reader has seen were lost.
 */
export const recordsScript = script(`
-- KEYS 1 changes                         ARGV 1 id of the newest entry when records were read before, or ''
--      2… records                             2 bytes of this reply, at most, unless the first record is longer
${hasEntry}
if not hasEntry(ARGV[1]) then
  return false
end
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local bytes, records = 0, {}
for i = 2, #KEYS do
  local length = redis.pcall('STRLEN', KEYS[i])
  local isString = type(length) == 'number'
  bytes = bytes + (isString and length or 0)
  if i > 2 and bytes > tonumber(ARGV[2]) then
    break
  end
  records[i - 1] = isString and redis.call('GET', KEYS[i]) or not isString and ''
end
return { newest and newest[1] or '', records }
`)
