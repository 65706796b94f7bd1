#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::ports {

// Finds members by parts of their names. Rows at rest cannot be searched by text, so it keeps the
// names in memory. Safe from many threads. Blocks.
class MemberSearch {
 public:
  virtual ~MemberSearch() = default;

  // The ids of members whose display name or handle contains `key`, a SearchKey, after the id
  // `after`, in order, at most `limit`. Leaves out members that are merged. Knows every change that
  // was durable before the call. The first search of a programme reads all its members. kNotFound
  // for the programme.
  virtual absl::StatusOr<std::vector<std::string>> Find(const std::string& program,
                                                        std::string_view key,
                                                        const std::string& after, int limit) = 0;
};

}  // namespace perigee::ports
