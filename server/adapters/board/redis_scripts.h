#pragma once

#include "server/adapters/board/redis_connection.h"

namespace perigee::adapters {

// The scripts of RedisBoards. Each runs at one instant. The KEYS of all scripts begin with meta and
// places (see RedisBoards). All but commit raise kRedisNotWhole unless both keys exist and agree.
struct RedisScripts {
  // → {mark, count}
  RedisScript marked;
  // cursor of HSCAN, about how many → {mark, count, next cursor, places; see redis_encoding.h}
  RedisScript scan;
  // from, to, seconds to live, {id, score or empty}… → 1, or 0 if the mark is not `from`
  RedisScript apply;
  // KEYS 3 and 4: the staged two. count, mark, seconds to live → 1, or 0 if the staged keys are not
  // whole, or 2 if the held period is later
  RedisScript commit;
};

const RedisScripts& Scripts();

}  // namespace perigee::adapters
