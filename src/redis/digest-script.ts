/**
 * The Lua half of the comparison. SWEEP goes through a database and MATCH reads the same keys on
 * another node: they digest many keys together. RESUME goes through one key that was too long for its
 * slice, LOOK through the keys that it is given, one by one. All stop when their time is over. COUNT
 * counts keys.
 */
import { READERS } from './digest-readers.js';

/**
 * The digest of many keys, one after the other: equal on two nodes only if these keys are equal there.
 * But equal keys may differ in it: where locales sort otherwise, or where expiries are a little apart
 * before 7.0. Who wants to know takes LOOK.
 */
const TOGETHER = `${READERS}
local TOGETHER = 16
local kept, chain = {}, ''

local function flush()
  chain = redis.sha1hex(chain .. cmsgpack.pack(kept))
  kept = {}
end

local function keep(kind, expiry, content)
  local n = #kept
  kept[n + 1], kept[n + 2], kept[n + 3] = kind, expiry, content
  if n + 3 == 3 * TOGETHER then flush() end
end

local arrange = {}

function arrange.set(members)
  table.sort(members)
  return members
end

function arrange.hash(items)
  local fields, values = {}, {}
  for i = 1, #items, 2 do
    local field = items[i]
    fields[#fields + 1], values[field] = field, items[i + 1]
  end
  table.sort(fields)
  for i, field in ipairs(fields) do items[2 * i - 1], items[2 * i] = field, values[field] end
  return items
end

-- A short stream without groups, in two calls.
local function short_stream(key)
  local entries = redis.call('XRANGE', key, '-', '+', 'COUNT', ITEMS)
  if #entries == ITEMS then return end
  local info = redis.call('XINFO', 'STREAM', key)
  if field(info, 'groups') ~= '0' then return end
  local items = { entries }
  say_of_stream(info, items)
  return items
end

-- What a key holds, as a list or its digest; nothing if it takes long.
local function content(key, kind)
  if not read[kind] then return 'unread' end
  if kind == 'stream' then
    local short = short_stream(key)
    if short then return short end
  end
  local items, at = read[kind](key)
  if not at then return arrange[kind] and arrange[kind](items) or items end
  local state
  finish = math.max(finish, clock() + 0.001)
  at, state = digest(key, kind, at, fold(kind, '', items))
  return at == '' and state
end

-- Before 7.0 the minute: what is the same there is less than a minute apart.
local function about(key)
  local at = expiry(key)
  if since7 or at == '' then return at end
  return math.floor(at / 60000)
end
`;

/**
 * ARGV: those of the readers, cursor.
 * Returns the next cursor, the digest of these keys, how many they are, their names, the
 * names and types of keys that are too long for a slice (not among the others), the types seen,
 * and whether any of the keys expires.
 */
export const SWEEP = `${TOGETHER}
local cursor, names, long, kinds, expires = ARGV[5], {}, {}, {}, 0
repeat
  local reply = redis.call('SCAN', cursor, 'COUNT', TOGETHER)
  cursor = reply[1]
  for _, key in ipairs(reply[2]) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' then
      kinds[kind] = true
      local at = about(key)
      if at ~= '' then expires = 1 end
      local held = content(key, kind)
      if held then
        names[#names + 1] = encode(key)
        keep(kind, at, held)
      else
        long[#long + 1] = encode(key) .. ' ' .. kind
      end
    end
  end
until cursor == '0' or isOver()
flush()
local types = {}
for kind in pairs(kinds) do types[#types + 1] = kind end
return {
  cursor, chain, #names, table.concat(names, ' '),
  table.concat(long, '\\n'), table.concat(types, ' '), expires
}
`;

/**
 * ARGV: those of the readers, names as SWEEP returns them.
 * Returns the digest of these keys, or '' if it would take too long.
 */
export const MATCH = `${TOGETHER}
for name in ARGV[5]:gmatch('[^ ]+') do
  if isOver() then return '' end
  local key = decode(name)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then keep(kind, '', '') else keep(kind, about(key), content(key, kind)) end
end
flush()
return chain
`;

/**
 * ARGV: those of the readers, name, type, where to go on ('': from the start), state.
 * Returns where it goes on, the digest or state, and when it expires; no digest
 * if there is no key of this name and type any more.
 */
export const RESUME = `${READERS}
local key, kind, at = decode(ARGV[5]), ARGV[6], ARGV[7]
if redis.call('TYPE', key).ok ~= kind then return { '', '', '' } end
local state
at, state = digest(key, kind, at ~= '' and at or nil, ARGV[8])
return { at, state, expiry(key) }
`;

const POINT = `
local info = redis.call('INFO', 'replication')
local offset = info:match('slave_repl_offset:(%d+)') or info:match('master_repl_offset:(%d+)')
local point = info:match('master_replid:(%x+)') .. ' ' .. offset
`;

/**
 * ARGV: those of the readers, names.
 * Returns the point of the replication stream that the server has reached, as its id and offset, and a
 * line for each of as many of these keys as its time allows, the first ones: its name, type, where it goes on ('' if it is complete), its digest, or its state so far, and when it
 * expires ('' if it stays). Of a type that is unknown here, the digest covers all but the content; a
 * key that isn't there has the type `none` and no digest.
 */
export const LOOK = `${READERS}${POINT}
local found = {}
for i = 5, #ARGV do
  local key = decode(ARGV[i])
  local kind = redis.call('TYPE', key).ok
  local at, state, till = '', '', ''
  if kind ~= 'none' then
    at, state = digest(key, kind, nil, '')
    till = expiry(key)
  end
  found[#found + 1] = table.concat({ ARGV[i], kind, at, state, till }, ' ')
  if isOver() then break end
end
return { point, table.concat(found, '\\n') }
`;

/** Returns the point of the replication stream and INFO's section `keyspace`. */
export const COUNT = `${POINT}
return { point, redis.call('INFO', 'keyspace') }
`;
