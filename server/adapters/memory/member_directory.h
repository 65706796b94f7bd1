#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/ports/members.h"
#include "server/ports/store.h"

namespace perigee::adapters {

// MemberDirectory over the store. Keeps whom it was asked for; of two readings of a member the
// newer revision stays, whichever was read first.
class StoreMemberDirectory final : public ports::MemberDirectory {
 public:
  explicit StoreMemberDirectory(const ports::Store& store) : store_(store) {}

  absl::StatusOr<std::shared_ptr<const domain::Member>> ByKey(
      const std::string& program, const domain::MemberKey& key) override;
  absl::StatusOr<std::vector<std::shared_ptr<const domain::Member>>> ByIds(
      const std::string& program, std::span<const std::string> ids) override;
  absl::Status Refresh(const std::string& program,
                       std::span<const domain::MemberKey> keys) override;

 private:
  using Kept = std::shared_ptr<const domain::Member>;
  struct Members {
    std::unordered_map<domain::MemberKey, Kept, UuidHash> by_key;
    std::unordered_map<std::string, Kept> by_id;
  };

  // What is kept by now, which may be newer than `member`.
  Kept Keep(const std::string& program, domain::Member member);

  const ports::Store& store_;
  std::shared_mutex mutex_;
  std::map<std::string, Members, std::less<>> programs_;
};

}  // namespace perigee::adapters
