import { createHash } from 'node:crypto'

/** A Lua script and the hash that Redis keeps it under. */
export interface RedisScript {
  readonly lua: string
  readonly sha: string
}

function script (lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/**
 * Adds a record with all its indexes and reports the change. A client that
 * lost the reply may send it again: the same record is added once.
 *
 * Replies 1 when the record is there, 0 when another record has its `_id`.
 */
export const insertScript = script(`
-- KEYS 1 record                 ARGV 1 record
--      2 changes                     2 _id
--      3 type by creation            3 type
--      4 creator by creation         4 about how many changes are kept
--      5 type by name                5 member by creation
--      6 creator by name             6 member by name
--      7… one per target URL         7 URL member of all
--                                    8 URL member of the creator
local present = redis.call('GET', KEYS[1])
if present then
  return present == ARGV[1] and 1 or 0
end
local ok, failure = pcall(function ()
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[3], 0, ARGV[5])
  redis.call('ZADD', KEYS[4], 0, ARGV[5])
  redis.call('ZADD', KEYS[5], 0, ARGV[6])
  redis.call('ZADD', KEYS[6], 0, ARGV[6])
  for i = 7, #KEYS do
    redis.call('ZADD', KEYS[i], 0, ARGV[7], 0, ARGV[8])
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'action', 'created', 'type', ARGV[3], '_id', ARGV[2])
end)
if ok then
  return 1
end
-- Redis does not take back what a script wrote before one of its commands
-- failed: a permission that is missing, a key that holds something else.
redis.pcall('DEL', KEYS[1])
for i = 3, #KEYS do
  redis.pcall('ZREM', KEYS[i], ARGV[5], ARGV[6], ARGV[7], ARGV[8])
end
return redis.error_reply(type(failure) == 'table' and failure.err or failure)
`)
