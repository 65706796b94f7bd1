#include "server/adapters/board/redis_scripts.h"

namespace perigee::adapters {
namespace {

constexpr char kWhole[] = R"lua(
local META, PLACES = KEYS[1], KEYS[2]

local function whole()
  local meta = redis.call('HMGET', META, 'mark', 'count')
  if not meta[1] or #meta[1] ~= 40 or redis.call('HLEN', PLACES) ~= tonumber(meta[2] or '') then
    error('PERIGEE_NOT_WHOLE')
  end
  return meta[1], tonumber(meta[2])
end
)lua";

constexpr char kMarked[] = R"lua(
return {whole()}
)lua";

// One string for all places spares the client two small ones for each.
constexpr char kScan[] = R"lua(
local mark, count = whole()
local scanned = redis.call('HSCAN', PLACES, ARGV[1], 'COUNT', ARGV[2])
local places = scanned[2]
for i = 1, #places, 2 do
  if #places[i + 1] ~= 16 then error('PERIGEE_NOT_WHOLE') end
  places[i] = struct.pack('>I2', #places[i]) .. places[i]
end
return {mark, count, scanned[1], table.concat(places)}
)lua";

// The first write is one that a full Redis refuses, so that it refuses before anything is changed.
// It leaves a mark that no reader takes, so that a script that dies half-way leaves nothing that
// counts as whole.
constexpr char kApply[] = R"lua(
if whole() ~= ARGV[1] then return 0 end
redis.call('HSET', META, 'mark', '')
for i = 4, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', PLACES, ARGV[i])
  else
    redis.call('HSET', PLACES, ARGV[i], ARGV[i + 1])
  end
end
redis.call('EXPIRE', META, ARGV[3])
redis.call('EXPIRE', PLACES, ARGV[3])
redis.call('HSET', META, 'mark', ARGV[2], 'count', redis.call('HLEN', PLACES))
return 1
)lua";

// Only moves keys: nothing in it can be refused for want of memory. What is there and not whole
// stands nowhere. A mark begins with its revision, in bytes that rise with it; Lua's own < goes by
// the server's locale.
constexpr char kCommit[] = R"lua(
local function is_later(there, mark)
  for i = 1, 8 do
    local x, y = string.byte(there, i), string.byte(mark, i)
    if x ~= y then return x > y end
  end
  return false
end

local held, there = pcall(whole)
if held and is_later(there, ARGV[2]) then return 2 end
if redis.call('EXISTS', KEYS[3]) == 0 or redis.call('HLEN', KEYS[4]) ~= tonumber(ARGV[1]) then
  return 0
end
for i = 1, 2 do
  redis.call('UNLINK', KEYS[i])
  if redis.call('EXISTS', KEYS[i + 2]) == 1 then
    redis.call('RENAME', KEYS[i + 2], KEYS[i])
    redis.call('EXPIRE', KEYS[i], ARGV[3])
  end
end
return 1
)lua";

}  // namespace

const RedisScripts& Scripts() {
  static const auto* const scripts = new RedisScripts{
      RedisScript(std::string(kWhole) + kMarked),
      RedisScript(std::string(kWhole) + kScan),
      RedisScript(std::string(kWhole) + kApply),
      RedisScript(std::string(kWhole) + kCommit),
  };
  return *scripts;
}

}  // namespace perigee::adapters
