#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/member/member_key.h"

namespace perigee::domain {
struct Member;
}  // namespace perigee::domain

namespace perigee::ports {

// Display names of members by id, and ids by key, kept in memory for boards, which must not ask the
// store for each entry. Of two readings of a member the newer revision stays, whichever came first.
// Safe from many threads.
class MemberDirectory {
 public:
  virtual ~MemberDirectory() = default;

  // Shows the name of each id, in order; an empty name if there is no such member. A name is valid
  // only during `show`, which must be quick and must not call the directory. Unknown ids are read
  // from the store; with `at_once` the answer is WouldBlock instead, before anything is shown.
  using ShowName = absl::FunctionRef<void(std::size_t index, std::string_view display_name)>;
  virtual absl::Status Show(const std::string& program, std::span<const std::string_view> ids,
                            bool at_once, ShowName show) = 0;

  // Takes note of a member that was read for another purpose.
  virtual void Learn(const std::string& program, const domain::Member& member) = 0;
  // Reads the unknown ones of these members from the store.
  virtual absl::Status Load(const std::string& program, std::span<const std::string_view> ids) = 0;
  // The ids of the members that stand for these, in order, each once: of a merged member that of
  // its head, of another one its own. An id of nobody stays. Unknown ids are read from the store;
  // with `at_once` the answer is WouldBlock instead.
  virtual absl::StatusOr<std::vector<std::string>> HeadsOf(const std::string& program,
                                                           std::span<const std::string> ids,
                                                           bool at_once) = 0;
  // The id of the member with that key, if it is known. Never asks the store.
  virtual std::optional<std::string> FindId(const std::string& program,
                                            const domain::MemberKey& key) const = 0;
  // Reads the members again after a change, and forgets those that are no longer in the store.
  virtual absl::Status Refresh(const std::string& program,
                               std::span<const domain::MemberKey> keys) = 0;
  // Forgets all members of a deleted programme.
  virtual void ForgetProgram(const std::string& program) = 0;
};

}  // namespace perigee::ports
