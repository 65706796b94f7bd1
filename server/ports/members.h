#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/member.h"

namespace perigee::ports {

// Members by key and by id, kept in memory for those who must not ask the store each time: boards
// and streams. Read from the store on first use; Refresh after a change. Safe from many threads.
class MemberDirectory {
 public:
  virtual ~MemberDirectory() = default;
  // nullptr where there is no such member.
  virtual absl::StatusOr<std::shared_ptr<const domain::Member>> ByKey(
      const std::string& program, const domain::MemberKey& key) = 0;
  virtual absl::StatusOr<std::vector<std::shared_ptr<const domain::Member>>> ByIds(
      const std::string& program, std::span<const std::string> ids) = 0;
  virtual absl::Status Refresh(const std::string& program,
                               std::span<const domain::MemberKey> keys) = 0;
};

}  // namespace perigee::ports
