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

// One string for all places saves the client two small strings for each place.
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

// A full Redis refuses the first write, before anything is changed. That write leaves a mark that
// no reader accepts, so a script that dies half-way leaves no period that counts as whole.
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

// Only moves keys, so Redis cannot refuse it for lack of memory. A held period that is not whole
// has no position and is replaced. A mark begins with its revision in bytes whose order is that of
// revisions; they are compared one by one, because Lua's own < depends on the server's locale.
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
