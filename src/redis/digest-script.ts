/**
 * The Lua half of the digest. Two scripts over the same readers: SWEEP goes through a
 * database, RESUME through one key that was too long for its slice. Both stop when their
 * budget is spent. The budget is work, not time: from 7.2 on TIME stands still in a script.
 *
 * Both only read, so they run on replicas too. Key names travel as text (`%20` for what isn't plain),
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

/** ARGV: database, budget, then what each script says. */
const READERS = `
redis.call('SELECT', ARGV[1])
local granted = tonumber(ARGV[2])
local budget = granted
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
  return reply[2], reply[1] ~= '0' and reply[1]
end

local function field(flat, name)
  for i = 1, #flat, 2 do
    if flat[i] == name then return tostring(flat[i + 1]) end
  end
end

local function stream_end(key, items)
  items[#items + 1] = field(redis.call('XINFO', 'STREAM', key), 'last-generated-id')
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    for _, name in ipairs({ 'name', 'last-delivered-id', 'pending' }) do
      items[#items + 1] = field(group, name)
    end
  end
end

-- 6.0 has no exclusive ranges: the entry to go on from comes again and is skipped.
function read.stream(key, at)
  local entries = redis.call('XRANGE', key, at or '-', '+', 'COUNT', ITEMS)
  local items, last = {}, false
  for _, entry in ipairs(entries) do
    last = entry[1]
    if last ~= at then
      items[#items + 1] = last
      items[#items + 1] = framed(entry[2], 1, #entry[2])
    end
  end
  if #entries == ITEMS then return items, last end
  stream_end(key, items)
  return items, false
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
  local expiry = redis.call('PTTL', key) >= 0 and ' expires ' or ' stays '
  return redis.sha1hex(kind .. expiry .. state .. ' ' .. key)
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
`;

/**
 * ARGV: database, budget, cursor.
 * Returns the work done, the next cursor and a line for every key: its name, type, where it
 * goes on ('' if it is complete) and its digest, or its state so far. Of a type that is
 * unknown here, the digest covers all but the content.
 */
export const SWEEP = `${READERS}
local cursor, found = ARGV[3], {}
repeat
  local reply = redis.call('SCAN', cursor, 'COUNT', 16)
  cursor = reply[1]
  budget = budget - 4
  for _, key in ipairs(reply[2]) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' then
      local at, state = digest(key, kind, nil, '')
      found[#found + 1] = encode(key) .. ' ' .. kind .. ' ' .. at .. ' ' .. state
    end
  end
until cursor == '0' or budget <= 0
return { granted - budget, cursor, table.concat(found, '\\n') }
`;

/**
 * ARGV: database, budget, name, type, where to go on, state.
 * Returns the work done, where it goes on and the digest or state; no digest if the key is
 * gone.
 */
export const RESUME = `${READERS}
local key, kind = decode(ARGV[3]), ARGV[4]
if redis.call('EXISTS', key) == 0 then return { 1, '', '' } end
local at, state = digest(key, kind, ARGV[5], ARGV[6])
return { granted - budget, at, state }
`;
