#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/domain/member.h"

namespace perigee::ports {

// Members by id, kept in memory for those who must not ask the store each time: boards and
// streams. Read from the store on first use; Refresh after a change. Safe from many threads.
class MemberDirectory {
 public:
  virtual ~MemberDirectory() = default;

  // Shows the member of each id, in order; nullptr where there is none. What is shown holds during
  // `show`, which must be quick and not come back here. `at_once` says WouldBlock, before anything
  // is shown, where the store would have to be asked.
  using ShowMember = std::function<void(std::size_t index, const domain::Member* member)>;
  virtual absl::Status Show(const std::string& program, std::span<const std::string_view> ids,
                            bool at_once, const ShowMember& show) = 0;

  virtual absl::Status Refresh(const std::string& program,
                               std::span<const domain::MemberKey> keys) = 0;
};

}  // namespace perigee::ports
