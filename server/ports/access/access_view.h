#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/core/token_bucket.h"
#include "server/domain/access/principal.h"
#include "server/domain/access/role.h"
#include "server/domain/member/member_key.h"

namespace perigee::domain {
struct Subject;
}  // namespace perigee::domain

namespace perigee::ports {

// What somebody may be in one programme. Only the two marks and the buckets ever change.
struct Access {
  domain::Roles roles;       // Empty for strangers.
  domain::Principal staff;   // Whom the journal names for what a granted role allows.
  domain::Principal member;  // Whom it names for what the member may do.
  std::string member_id;     // With the role kMember.
  // The members that are merged into that member, by id.
  std::map<std::string, domain::MemberKey, std::less<>> merged;
  bool suspended = false;  // The member is.
  // From then on a role may have ended, so the access must be asked for again.
  Time until = kEndOfTime;
  // True once any of this may have changed: it must be asked for again.
  std::atomic<bool> outdated{false};
  // True once the subject may be more than this says, and not less.
  std::atomic<bool> may_grow{false};
  bool for_one_call = false;  // It is outdated already, and does for one unary call.
  // Count the calls of the subject in the programme, and of the whole programme. Null for
  // strangers.
  std::shared_ptr<TokenBucket> calls;
  std::shared_ptr<TokenBucket> program_calls;

  // Whether the caller is that member, by any of the names and pseudonyms of the person.
  bool IsMember(std::string_view id) const {
    return !member_id.empty() && (id == member_id || merged.contains(id));
  }
  bool IsMember(const domain::MemberKey& key) const {
    return !member_id.empty() &&
           (key == member.id ||
            std::ranges::any_of(merged, [&](const auto& one) { return one.second == key; }));
  }

  // Whether the access need not be asked for again before the next call.
  bool Holds(Time now) const { return IsTrue(now) && !may_grow.load(std::memory_order_acquire); }
  // Whether nothing that it allows may have ended.
  bool IsTrue(Time now) const { return now < until && !outdated.load(std::memory_order_acquire); }
};
using AccessPtr = std::shared_ptr<const Access>;

// Who may be what in which programme. Follows the journal, so that an access that is in a caller's
// hands becomes outdated soon after a change on any server. Safe from many threads.
class AccessView {
 public:
  virtual ~AccessView() = default;

  // The access of the subject in the programme. An access without roles if there is none, or no
  // such programme: both answers cost the same. With `at_once` the answer is WouldBlock instead of
  // asking the store. Otherwise kStoreUnavailable or kOverloaded may be answered.
  virtual absl::StatusOr<AccessPtr> Find(const std::string& program, const domain::Subject& subject,
                                         Time now, bool at_once) = 0;
};

}  // namespace perigee::ports
