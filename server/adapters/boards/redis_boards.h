#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "server/adapters/boards/redis_connection.h"
#include "server/ports/boards.h"

namespace perigee::adapters {

// Boards in Redis. A period has up to four keys, which share the hash tag of their board and so a
// slot of a cluster: `perigee:{program/board}:epoch:period:scheme:` with
//
//     meta      hash: mark, count of places, count of distinct scores
//     places    sorted set in the board's order; see redis_encoding.h
//     states    hash: member id → state
//     distinct  sorted set of the scores that occur; of dense boards only
//
// A read is one script, which first sees that the keys agree with each other, so that an evicted or
// lost key is noticed (kNotFound) and no page is of two instants. Replace stages its keys beside,
// under names of their own that expire after a minute without work on them, and renames them all in
// one script. After kUnavailable from Apply or Replace, ask for the mark: it may have been done.
class RedisBoards : public ports::Boards {
 public:
  explicit RedisBoards(RedisConfig config) : redis_(std::move(config)) {}

  absl::StatusOr<ports::Mark> Marked(const ports::PeriodKey& key) override;
  absl::Status Replace(const ports::PeriodKey& key, const ports::Mark& mark,
                       std::vector<domain::Place> places) override;
  absl::Status Apply(const ports::PeriodKey& key, const ports::Mark& from, const ports::Mark& to,
                     std::span<const ports::ScoreChange> changes) override;
  absl::Status Drop(const ports::PeriodKey& key) override;
  absl::StatusOr<ports::Slice> Top(const ports::PeriodKey& key,
                                   const std::optional<domain::Place>& after, int limit) override;
  absl::StatusOr<ports::Slice> Around(const ports::PeriodKey& key, const std::string& member_id,
                                      int limit) override;
  absl::StatusOr<ports::Slice> Find(const ports::PeriodKey& key,
                                    std::span<const std::string> member_ids) override;
  absl::StatusOr<domain::PlacesDigest> Digest(const ports::PeriodKey& key,
                                              ports::Mark* mark) override;

 private:
  absl::StatusOr<ports::Slice> ReadSlices(const RedisScript& script, const ports::PeriodKey& key,
                                          const std::vector<std::string>& args, std::size_t limit);
  absl::Status Stage(const std::vector<std::string>& keys, const ports::PeriodKey& key,
                     const ports::Mark& mark, std::span<const domain::Place> places,
                     std::size_t* distinct);

  RedisPool redis_;
};

}  // namespace perigee::adapters
