#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/board/board.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

struct StoredPeriod;

// The result of a period, computed from one view of the store.
struct ComputedResult {
  domain::Board board;
  domain::Period period;
  domain::Revision head = 0;  // Of the view.
  std::string digest;
  std::vector<domain::ResultEntry> entries;
  std::vector<domain::MemberKey> members;  // The members of the entries, in order of their keys.

  std::int64_t size() const { return static_cast<std::int64_t>(entries.size()); }
};

// Reads the scores of the period and the members that have one.
absl::StatusOr<ComputedResult> ComputeResult(ports::StoreReader& reader, const std::string& program,
                                             const StoredPeriod& stored);

}  // namespace perigee::use_cases
