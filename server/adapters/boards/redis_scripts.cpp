#include "server/adapters/boards/redis_scripts.h"

namespace perigee::adapters {
namespace {

// Members are only compared for equality or byte by byte: Lua's own < goes by the server's locale.
constexpr char kWhole[] = R"lua(
local META, PLACES, STATES, DISTINCT = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local function must(value)
  if not value then error('PERIGEE_NOT_WHOLE') end
  return value
end

local function whole()
  local meta = redis.call('HMGET', META, 'mark', 'count', 'distinct')
  must(meta[1] and #meta[1] == 40 and meta[2] and meta[3])
  local count = tonumber(meta[2])
  must(redis.call('ZCARD', PLACES) == count)
  must(redis.call('HLEN', STATES) == count)
  must(redis.call('ZCARD', DISTINCT) == tonumber(meta[3]))
  return meta[1], count
end

local function at(index)
  return must(redis.call('ZRANGE', PLACES, index, index)[1])
end
)lua";

constexpr char kSlice[] = R"lua(
local COMPETITION, DENSE = '1', '2'

local function rank_at(scheme, index)
  if index == 0 then return 1 end
  if scheme ~= COMPETITION and scheme ~= DENSE then return index + 1 end
  local place = redis.call('ZRANGE', PLACES, index, index, 'WITHSCORES')
  local score = string.sub(must(place[1]), 1, 8)
  if scheme == DENSE then return must(redis.call('ZRANK', DISTINCT, score)) + 1 end
  local first = redis.call('ZCOUNT', PLACES, '-inf', '(' .. place[2])
  -- From 2^53 on scores share a double; those before this one are left out by bisection.
  if math.abs(tonumber(place[2])) < 9007199254740992 then return first + 1 end
  local last = index
  while first < last do
    local middle = math.floor((first + last) / 2)
    if string.sub(at(middle), 1, 8) == score then last = middle else first = middle + 1 end
  end
  return first + 1
end

local function slice(scheme, first, count)
  local lead = first > 0 and 1 or 0
  return {first, rank_at(scheme, first), redis.call('ZRANGE', PLACES, first - lead, first + count)}
end
)lua";

constexpr char kMarked[] = R"lua(
return {whole()}
)lua";

constexpr char kTop[] = R"lua(
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function index_after(score, member)
  local index = redis.call('ZRANK', PLACES, member)
  if index then return index + 1 end
  local first = redis.call('ZCOUNT', PLACES, '-inf', '(' .. score)
  local last = redis.call('ZCOUNT', PLACES, '-inf', score)
  while first < last do
    local middle = math.floor((first + last) / 2)
    if before(at(middle), member) then first = middle + 1 else last = middle end
  end
  return first
end

local mark, total = whole()
local first = ARGV[4] and index_after(ARGV[3], ARGV[4]) or 0
local count = math.min(tonumber(ARGV[2]), total - first)
if count < 1 then return {mark, total} end
return {mark, total, slice(ARGV[1], first, count)}
)lua";

constexpr char kAround[] = R"lua(
local mark, total = whole()
local state = redis.call('HGET', STATES, ARGV[3])
local limit = tonumber(ARGV[2])
if not state or limit < 1 then return {mark, total} end
local index = must(redis.call('ZRANK', PLACES, state .. ARGV[3]))
local count = math.min(limit, total)
local before = math.min(index, math.floor((limit - 1) / 2))
local first = math.min(index - before, total - count)
return {mark, total, slice(ARGV[1], first, count)}
)lua";

constexpr char kFind[] = R"lua(
local mark, total = whole()
local answer = {mark, total}
for i = 2, #ARGV do
  local state = redis.call('HGET', STATES, ARGV[i])
  if state then
    local index = must(redis.call('ZRANK', PLACES, state .. ARGV[i]))
    answer[#answer + 1] = slice(ARGV[1], index, 1)
  end
end
return answer
)lua";

constexpr char kScan[] = R"lua(
local mark, total = whole()
local first = tonumber(ARGV[1])
local places = redis.call('ZRANGE', PLACES, first, first + tonumber(ARGV[2]) - 1, 'WITHSCORES')
for i = 1, #places, 2 do
  local state, id = string.sub(places[i], 1, 16), string.sub(places[i], 17)
  must(redis.call('HGET', STATES, id) == state)
end
return {mark, total, places}
)lua";

// The first write is one that a full Redis refuses, so that it refuses before anything is changed.
// It leaves a mark that no reader takes, so that a script that dies half-way leaves nothing that
// counts as whole.
constexpr char kApply[] = R"lua(
local FROM, TO, DENSE = ARGV[1], ARGV[2], ARGV[3] == '2'

-- Whether a neighbour of the place has the same score.
local function score_is_shared(member)
  local index = redis.call('ZRANK', PLACES, member)
  local score = string.sub(member, 1, 8)
  for _, near in ipairs(redis.call('ZRANGE', PLACES, math.max(index - 1, 0), index + 1)) do
    if near ~= member and string.sub(near, 1, 8) == score then return true end
  end
  return false
end

local function leave(member)
  if DENSE and not score_is_shared(member) then
    redis.call('ZREM', DISTINCT, string.sub(member, 1, 8))
  end
  redis.call('ZREM', PLACES, member)
end

if whole() ~= FROM then return 0 end
redis.call('HSET', META, 'mark', '')
for i = 4, #ARGV, 3 do
  local id, state, score = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local old = redis.call('HGET', STATES, id)
  if old ~= state then
    if old then leave(old .. id) end
    if state == '' then
      redis.call('HDEL', STATES, id)
    else
      redis.call('ZADD', PLACES, score, state .. id)
      redis.call('HSET', STATES, id, state)
      if DENSE then redis.call('ZADD', DISTINCT, score, string.sub(state, 1, 8)) end
    end
  end
end
redis.call('HSET', META, 'mark', TO, 'count', redis.call('ZCARD', PLACES),
           'distinct', redis.call('ZCARD', DISTINCT))
return 1
)lua";

// Only moves keys: nothing in it can be refused for want of memory. What is there and not whole
// stands nowhere. A mark begins with its revision, in bytes that rise with it.
constexpr char kCommit[] = R"lua(
local function is_later(there, mark)
  for i = 1, 8 do
    local x, y = string.byte(there, i), string.byte(mark, i)
    if x ~= y then return x > y end
  end
  return false
end

local held, there = pcall(whole)
if held and is_later(there, ARGV[3]) then return 2 end
if redis.call('EXISTS', KEYS[5]) == 0 or redis.call('ZCARD', KEYS[6]) ~= tonumber(ARGV[1])
    or redis.call('HLEN', KEYS[7]) ~= tonumber(ARGV[1])
    or redis.call('ZCARD', KEYS[8]) ~= tonumber(ARGV[2]) then
  return 0
end
for i = 1, 4 do
  redis.call('UNLINK', KEYS[i])
  if redis.call('EXISTS', KEYS[i + 4]) == 1 then
    redis.call('RENAME', KEYS[i + 4], KEYS[i])
    redis.call('PERSIST', KEYS[i])
  end
end
return 1
)lua";

}  // namespace

const RedisScripts& Scripts() {
  static const auto* const scripts = new RedisScripts{
      RedisScript(std::string(kWhole) + kMarked),
      RedisScript(std::string(kWhole) + kSlice + kTop),
      RedisScript(std::string(kWhole) + kSlice + kAround),
      RedisScript(std::string(kWhole) + kSlice + kFind),
      RedisScript(std::string(kWhole) + kScan),
      RedisScript(std::string(kWhole) + kApply),
      RedisScript(std::string(kWhole) + kCommit),
  };
  return *scripts;
}

}  // namespace perigee::adapters
