#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/driver.h"
#include "server/core/civil_time.h"
#include "server/domain/board/board.h"
#include "server/ports/store.h"

namespace perigee::sql {

// Scores, computed from what transfers added to them. See ports::StoreReader.
class ScoreRepository {
 public:
  explicit ScoreRepository(Connection& connection) : connection_(connection) {}

  absl::Status ForEach(const std::string& program, const std::string& asset, Interval interval,
                       domain::Revision revision,
                       const std::function<void(const ports::MemberScore&)>& visit);
  absl::StatusOr<std::optional<domain::Score>> Find(const std::string& program,
                                                    const std::string& asset,
                                                    const domain::MemberKey& member,
                                                    Interval interval, domain::Revision revision);
  absl::StatusOr<std::vector<ports::Contribution>> Contributions(const std::string& program,
                                                                 const std::string& asset,
                                                                 const domain::MemberKey& member,
                                                                 Interval interval, int limit);
  absl::StatusOr<bool> ChangedSince(const std::string& program, const std::string& asset,
                                    Interval interval, domain::Revision revision);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
