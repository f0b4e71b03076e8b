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
-- KEYS 1 record                ARGV 1 record
--      2 type by creation           2 _id
--      3 type by name               3 creation in milliseconds
--      4 creator by creation        4 name member
--      5 creator by name            5 type
--      6 changes                    6 about how many changes are kept
--      7… one per target URL        7 URL member of all
--                                   8 URL member of the creator
local present = redis.call('GET', KEYS[1])
if present then
  return present == ARGV[1] and 1 or 0
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[3], 0, ARGV[4])
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[5], 0, ARGV[4])
for i = 7, #KEYS do
  redis.call('ZADD', KEYS[i], 0, ARGV[7], 0, ARGV[8])
end
redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[6], '*', 'action', 'created', 'type', ARGV[5], '_id', ARGV[2])
return 1
`)
