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
 * Redis does not take back what a script has written before one of its
 * commands failed (a permission that is missing, a key that holds something
 * else). This function does: it undoes every write before the one that failed.
 */
const write = `
local undo = {}
local function write(opposite, ...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    for i = #undo, 1, -1 do redis.pcall(unpack(undo[i])) end
    error(reply.err, 0)
  end
  undo[#undo + 1] = opposite
end
`

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
${write}
write({ 'DEL', KEYS[1] }, 'SET', KEYS[1], ARGV[1])
write({ 'ZREM', KEYS[3], ARGV[5] }, 'ZADD', KEYS[3], 0, ARGV[5])
write({ 'ZREM', KEYS[4], ARGV[5] }, 'ZADD', KEYS[4], 0, ARGV[5])
write({ 'ZREM', KEYS[5], ARGV[6] }, 'ZADD', KEYS[5], 0, ARGV[6])
write({ 'ZREM', KEYS[6], ARGV[6] }, 'ZADD', KEYS[6], 0, ARGV[6])
for i = 7, #KEYS do
  write({ 'ZREM', KEYS[i], ARGV[7], ARGV[8] }, 'ZADD', KEYS[i], 0, ARGV[7], 0, ARGV[8])
end
write({}, 'XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'action', 'created', 'type', ARGV[3], '_id', ARGV[2])
return 1
`)
