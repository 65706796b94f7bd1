#pragma once

#include "server/adapters/boards/redis_connection.h"

namespace perigee::adapters {

// The scripts of RedisBoards: each runs at one instant. KEYS of all are meta, places, states and
// distinct (see RedisBoards). All but Commit raise kRedisNotWhole unless all four are there and
// agree.
struct RedisScripts {
  // → {mark, total}
  RedisScript marked;
  // scheme, limit, [double, member of the place to start after] → {mark, total, [slice]}
  RedisScript top;
  // scheme, limit, id → {mark, total, [slice]}
  RedisScript around;
  // scheme, id… → {mark, total, slice…}, one of one place for each that is there
  RedisScript find;
  // first, count → {mark, total, {member, double, …}}
  RedisScript scan;
  // from, to, scheme, {id, state or empty, double}… → 1, or 0 if the mark is not `from`
  RedisScript apply;
  // KEYS 5 to 8: the staged four. count, distinct → 1, or 0 if the staged are not whole
  RedisScript commit;
};
// A slice is {index of its first place, rank of it, members}, where the members have one neighbour
// more on either side if there is one.

const RedisScripts& Scripts();

}  // namespace perigee::adapters
