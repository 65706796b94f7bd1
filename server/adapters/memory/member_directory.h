#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "server/ports/members.h"
#include "server/ports/store.h"

namespace perigee::adapters {

// MemberDirectory over the store. Keeps whom it was asked for; of two readings of a member the
// newer revision stays, whichever was read first.
class StoreMemberDirectory final : public ports::MemberDirectory {
 public:
  explicit StoreMemberDirectory(const ports::Store& store) : store_(store) {}

  absl::Status Show(const std::string& program, std::span<const std::string_view> ids, bool at_once,
                    const ShowMember& show) override;
  absl::Status Refresh(const std::string& program,
                       std::span<const domain::MemberKey> keys) override;

 private:
  // By id; each key is a view into the member that it leads to.
  using Members = absl::flat_hash_map<absl::string_view, std::unique_ptr<const domain::Member>>;

  // Shows those asked for, under one lock. With `missing`: names those that are not kept there, and
  // shows nothing, unless there are none.
  bool ShowKept(const std::string& program, std::span<const std::string_view> ids,
                const ShowMember& show, std::vector<std::string>* missing);
  void Keep(const std::string& program, std::vector<domain::Member> members);

  const ports::Store& store_;
  std::shared_mutex mutex_;
  std::map<std::string, Members, std::less<>> programs_;
};

}  // namespace perigee::adapters
