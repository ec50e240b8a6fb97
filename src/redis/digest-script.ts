/**
 * The Lua half of the digest. Three scripts over the same readers: SWEEP goes through a
 * database, RESUME through one key that was too long for its slice, LOOK at the keys that it is
 * given. All stop when their budget is spent. The budget is work, not time: from 7.2 on TIME
 * stands still in a script.
 *
 * They only read, so they run on replicas too. Key names travel as text (`%20` for what isn't plain),
 * so the connection needs no binary mode; values never leave the server.
 *
 * What is read at once is fixed, never adapted: the digest of a list or a string is a
 * chain over its pieces, so the same pieces must be cut on every node.
 */

/** The types that are read; any other is a module's, or newer than this file. */
export const KNOWN_TYPES: ReadonlySet<string> = new Set([
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'stream',
]);

/**
 * ARGV: database, budget, whether all nodes know what came with 7.0, whether fields of hashes may
 * expire here ('1': yes), then what each script says.
 */
const READERS = `
redis.call('SELECT', ARGV[1])
local granted = tonumber(ARGV[2])
local budget = granted
local since7, fieldsExpire = ARGV[3] == '1', ARGV[4] == '1'
local ITEMS, BYTES = 64, 16384

local function encode(key)
  return (key:gsub('[^%w:._-]', function(c) return ('%%%02x'):format(c:byte()) end))
end

local function decode(name)
  return (name:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

-- With their lengths, so that no two different lists of items give the same text.
local function framed(items, first, last)
  local out = {}
  for i = first, last do out[i - first + 1] = #items[i] .. ':' .. items[i] end
  local text = table.concat(out)
  budget = budget - #out - #text / 512
  return text
end

-- A reader returns the next items and where to go on, or false if these were the last.
local read = {}

function read.string(key, at)
  at = tonumber(at or 0)
  local piece = redis.call('GETRANGE', key, at, at + BYTES - 1)
  return { piece }, #piece == BYTES and at + BYTES
end

function read.list(key, at)
  at = tonumber(at or 0)
  local items = redis.call('LRANGE', key, at, at + ITEMS - 1)
  return items, #items == ITEMS and at + ITEMS
end

function read.zset(key, at)
  at = tonumber(at or 0)
  local items = redis.call('ZRANGE', key, at, at + ITEMS - 1, 'WITHSCORES')
  -- Servers of different age write the same score differently.
  for i = 2, #items, 2 do items[i] = ('%.17g'):format(tonumber(items[i])) end
  return items, #items == 2 * ITEMS and at + ITEMS
end

function read.set(key, at)
  local reply = redis.call('SSCAN', key, at or '0', 'COUNT', ITEMS)
  return reply[2], reply[1] ~= '0' and reply[1]
end

function read.hash(key, at)
  local reply = redis.call('HSCAN', key, at or '0', 'COUNT', ITEMS)
  local items = reply[2]
  -- A small hash comes as a whole, and a call takes only so many arguments.
  for first = 1, fieldsExpire and #items or 0, 2 * ITEMS do
    local fields = {}
    for i = first, math.min(first + 2 * ITEMS, #items) - 1, 2 do fields[#fields + 1] = items[i] end
    local times = redis.call('HPEXPIRETIME', key, 'FIELDS', #fields, unpack(fields))
    -- A field that stays looks as on servers where none can expire.
    for i, time in ipairs(times) do
      local at = first + 2 * (i - 1)
      if time >= 0 then items[at] = ('%.0f:'):format(time) .. items[at] end
    end
  end
  return items, reply[1] ~= '0' and reply[1]
end

local function field(flat, name)
  for i = 1, #flat, 2 do
    if flat[i] == name then return tostring(flat[i + 1]) end
  end
end

local function stream_end(key, items)
  local info = redis.call('XINFO', 'STREAM', key)
  items[#items + 1] = field(info, 'last-generated-id')
  if since7 then
    items[#items + 1] = field(info, 'entries-added')
    items[#items + 1] = field(info, 'max-deleted-entry-id')
  end
end

-- The entries, then who holds which entry of each group, then what the stream says of itself.
-- 6.0 has no exclusive ranges: the entry to go on from comes again and is skipped.
function read.stream(key, at)
  local part, from = (at or '0/-'):match('(%d+)/(.+)')
  local items, last = {}, from
  if part == '0' then
    local entries = redis.call('XRANGE', key, from, '+', 'COUNT', ITEMS)
    for _, entry in ipairs(entries) do
      last = entry[1]
      if last ~= from then
        items[#items + 1] = last
        items[#items + 1] = framed(entry[2], 1, #entry[2])
      end
    end
    return items, #entries == ITEMS and '0/' .. last or '1/-'
  end
  local group = redis.call('XINFO', 'GROUPS', key)[tonumber(part)]
  if not group then
    stream_end(key, items)
    return items, false
  end
  local name = field(group, 'name')
  if from == '-' then items = { name, field(group, 'last-delivered-id') } end
  local pending = redis.call('XPENDING', key, name, from, '+', ITEMS)
  for _, entry in ipairs(pending) do
    last = entry[1]
    if last ~= from then
      items[#items + 1] = last
      items[#items + 1] = entry[2]
    end
  end
  return items, #pending == ITEMS and part .. '/' .. last or part + 1 .. '/-'
end

-- Sets and hashes have no order: their elements (of so many items) are added up, as two
-- numbers of 52 bits that a double holds exactly. Everything else chains.
local unordered = { set = 1, hash = 2 }

local function add(sums, items, size)
  local a, b = sums:match('(%d+):(%d+)')
  a, b = tonumber(a or 0), tonumber(b or 0)
  for i = 1, #items, size do
    local digest = redis.sha1hex(framed(items, i, i + size - 1))
    a = (a + tonumber(digest:sub(1, 13), 16)) % 2 ^ 52
    b = (b + tonumber(digest:sub(14, 26), 16)) % 2 ^ 52
  end
  return ('%.0f:%.0f'):format(a, b)
end

local function seal(key, kind, state)
  return redis.sha1hex(kind .. ' ' .. state .. ' ' .. key)
end

-- '' if it stays, else when it expires, in milliseconds since 1970.
local function expiry(key)
  if since7 then
    local at = redis.call('PEXPIRETIME', key)
    return at < 0 and '' or ('%.0f'):format(at)
  end
  local left = redis.call('PTTL', key)
  if left < 0 then return '' end
  local now = redis.call('TIME')
  return ('%.0f'):format(now[1] * 1000 + math.floor(now[2] / 1000) + left)
end

-- Returns where the key goes on and its state so far, or '' and its digest.
local function digest(key, kind, at, state)
  local items
  if not read[kind] then return '', seal(key, kind, 'unread') end
  repeat
    items, at = read[kind](key, at)
    if unordered[kind] then
      state = add(state, items, unordered[kind])
    else
      state = redis.sha1hex(state .. framed(items, 1, #items))
    end
  until not at or budget <= 0
  if at then return tostring(at), state end
  return '', seal(key, kind, state)
end

local function line(key, kind)
  local at, state = digest(key, kind, nil, '')
  return table.concat({ encode(key), kind, at, state, expiry(key) }, ' ')
end
`;

/**
 * ARGV: those of the readers, cursor.
 * Returns the work done, the next cursor and a line for every key: its name, type, where it
 * goes on ('' if it is complete), its digest, or its state so far, and when it expires ('' if
 * it stays). Of a type that is unknown here, the digest covers all but the content.
 */
export const SWEEP = `${READERS}
local cursor, found = ARGV[5], {}
repeat
  local reply = redis.call('SCAN', cursor, 'COUNT', 16)
  cursor = reply[1]
  budget = budget - 4
  for _, key in ipairs(reply[2]) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' then found[#found + 1] = line(key, kind) end
  end
until cursor == '0' or budget <= 0
return { granted - budget, cursor, table.concat(found, '\\n') }
`;

/**
 * ARGV: those of the readers, name, type, where to go on ('': from the start), state.
 * Returns the work done, where it goes on, the digest or state, and when it expires; no digest
 * if there is no key of this name and type any more.
 */
export const RESUME = `${READERS}
local key, kind, at = decode(ARGV[5]), ARGV[6], ARGV[7]
if redis.call('TYPE', key).ok ~= kind then return { 1, '', '', '' } end
local state
at, state = digest(key, kind, at ~= '' and at or nil, ARGV[8])
return { granted - budget, at, state, expiry(key) }
`;

/**
 * ARGV: those of the readers, names.
 * Returns the point of the replication stream that the server has reached, as its id and offset,
 * and SWEEP's lines of as many of these keys as the budget allows, the first ones; a key that
 * isn't there has the type `none` and no digest.
 */
export const LOOK = `${READERS}
local info, found = redis.call('INFO', 'replication'), {}
local offset = info:match('slave_repl_offset:(%d+)') or info:match('master_repl_offset:(%d+)')
for i = 5, #ARGV do
  local key = decode(ARGV[i])
  local kind = redis.call('TYPE', key).ok
  found[#found + 1] = kind == 'none' and ARGV[i] .. ' none   ' or line(key, kind)
  if budget <= 0 then break end
end
return { info:match('master_replid:(%x+)') .. ' ' .. offset, table.concat(found, '\\n') }
`;
