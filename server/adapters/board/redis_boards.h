#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/adapters/board/redis_connection.h"
#include "server/core/seal.h"
#include "server/ports/board/board_copies.h"

namespace perigee::adapters {

// Copies of periods in Redis. A period has up to two keys, which share the hash tag of their board
// and so a slot of a cluster: `perigee:{program/board}:epoch:period:scheme:` with
//
//     meta    hash: mark, count of places
//     places  hash: sealed member id → score and reach_time; see redis_encoding.h
//
// Scripts do all the work. They first check that the keys agree with each other, so that an evicted
// or lost key is noticed (kNotFound). Several scripts read a large period. If the mark changes
// between them, the read begins again. Replace first stages its keys under names of their own,
// which expire after a minute without work on them, and then renames them all in one script. After
// kUnavailable from Apply or Replace the change may or may not be done; the mark tells.
class RedisBoards : public ports::BoardCopies {
 public:
  // The life of a period that no server moves on or replaces. Then it expires, so that a period
  // that no server keeps any more, because its programme or board is gone, does not stay for ever.
  // This is longer than a programme in use goes without an entry. The first entry after that puts
  // the copy back.
  static constexpr std::chrono::seconds kLife = std::chrono::hours(45 * 24);

  // `ids_key` seals the members' ids. All servers on one Redis have the same.
  RedisBoards(RedisConfig config, const SealKey& ids_key)
      : ids_key_(ids_key), redis_(std::move(config)) {}

  absl::StatusOr<ports::Mark> Marked(const ports::PeriodKey& key) override;
  absl::Status Replace(const ports::PeriodKey& key, const ports::Mark& mark,
                       std::vector<domain::Place> places) override;
  absl::Status Apply(const ports::PeriodKey& key, const ports::Mark& from, const ports::Mark& to,
                     std::span<const ports::ScoreChange> changes) override;
  absl::Status Drop(const ports::PeriodKey& key) override;
  absl::StatusOr<ports::PeriodCopy> ReadAll(const ports::PeriodKey& key) override;

 private:
  absl::Status Stage(const ports::PeriodKey& key, const std::vector<std::string>& keys,
                     const ports::Mark& mark, std::span<const domain::Place> places);
  // nullopt if the period changed meanwhile, or if the scan named a member twice, which happens
  // while Redis resizes the table.
  absl::StatusOr<std::optional<ports::PeriodCopy>> Read(const ports::PeriodKey& key, int portion);

  const SealKey ids_key_;
  RedisPool redis_;
};

}  // namespace perigee::adapters
