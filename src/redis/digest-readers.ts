/**
 * How the scripts of the digest read keys: Lua that they all begin with. They only read, so they run on
 * replicas too. Key names travel as text (`%20` for what isn't plain), so the connection needs no
 * binary mode; values never leave the server.
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
 * ARGV of every script: database, milliseconds for it, whether all nodes know what came with 7.0, whether
 * fields of hashes may expire here ('1': yes), then what each script says.
 */
export const READERS = `
redis.call('SELECT', ARGV[1])

-- 6.0 has no os; where it is, it counts what the processor does, while TIME may stand still in a script.
local function time()
  local now = redis.call('TIME')
  return now[1] + now[2] / 1000000
end
local os = rawget(_G, 'os')
local clock = os and os.clock or time
local finish = clock() + ARGV[2] / 1000
local since7, fieldsExpire = ARGV[3] == '1', ARGV[4] == '1'
local ITEMS, BYTES = 64, 16384

local function encode(key)
  if not key:find('[^%w:._-]') then return key end
  return (key:gsub('[^%w:._-]', function(c) return ('%%%02x'):format(c:byte()) end))
end

local function decode(name)
  if not name:find('%', 1, true) then return name end
  return (name:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function isOver() return clock() > finish end

-- With their lengths, so that no two different lists of items give the same text.
local function framed(items, first, last)
  local out = {}
  for i = first, last do out[i - first + 1] = #items[i] .. ':' .. items[i] end
  return table.concat(out)
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
  -- Servers of different age write the same score differently, but for short whole numbers.
  for i = 2, #items, 2 do
    local score = items[i]
    if #score > 15 or score:find('%D') then items[i] = ('%.17g'):format(tonumber(score)) end
  end
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

-- What a stream says of itself.
local function say_of_stream(info, items)
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
    say_of_stream(redis.call('XINFO', 'STREAM', key), items)
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

-- The state of a key, with more of its items.
local function fold(kind, state, items)
  if unordered[kind] then return add(state, items, unordered[kind]) end
  return redis.sha1hex(state .. framed(items, 1, #items))
end

-- Returns where the key goes on and its state so far, or '' and its digest.
local function digest(key, kind, at, state)
  if not read[kind] then return '', seal(key, kind, 'unread') end
  repeat
    local items
    items, at = read[kind](key, at)
    state = fold(kind, state, items)
  until not at or isOver()
  if at then return tostring(at), state end
  return '', seal(key, kind, state)
end
`;
