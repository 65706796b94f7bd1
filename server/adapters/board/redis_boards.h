#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/adapters/board/redis_connection.h"
#include "server/ports/board/board_copies.h"

namespace perigee::adapters {

// Copies of periods in Redis. A period has up to two keys, which share the hash tag of their board
// and so a slot of a cluster: `perigee:{program/board}:epoch:period:scheme:` with
//
//     meta    hash: mark, count of places
//     places  hash: member id → score and reach_time; see redis_encoding.h
//
// All is done by scripts, which first see that the keys agree with each other, so that an evicted
// or lost key is noticed (kNotFound). A large period is read by several scripts, from the beginning
// where the mark is another from one to the next. Replace stages its keys beside, under names of
// their own that expire after a minute without work on them, and renames them all in one script.
// After kUnavailable from Apply or Replace, ask for the mark: it may have been done.
class RedisBoards : public ports::BoardCopies {
 public:
  // A period that nobody moves on or puts in place for so long expires, so that what no server
  // keeps any more does not stay for ever: its programme or board may be gone. Longer than a
  // programme in use is without a single entry; the first one after that puts the copy back.
  static constexpr std::chrono::seconds kLife = std::chrono::hours(45 * 24);

  explicit RedisBoards(RedisConfig config) : redis_(std::move(config)) {}

  absl::StatusOr<ports::Mark> Marked(const ports::PeriodKey& key) override;
  absl::Status Replace(const ports::PeriodKey& key, const ports::Mark& mark,
                       std::vector<domain::Place> places) override;
  absl::Status Apply(const ports::PeriodKey& key, const ports::Mark& from, const ports::Mark& to,
                     std::span<const ports::ScoreChange> changes) override;
  absl::Status Drop(const ports::PeriodKey& key) override;
  absl::StatusOr<ports::PeriodCopy> ReadAll(const ports::PeriodKey& key) override;

 private:
  absl::Status Stage(const std::vector<std::string>& keys, const ports::Mark& mark,
                     std::span<const domain::Place> places);

  RedisPool redis_;
};

}  // namespace perigee::adapters
