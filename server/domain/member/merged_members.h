#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "server/domain/member/member.h"
#include "server/domain/member/member_key.h"

namespace perigee::domain {

// Which members of a programme are one person. Of such members one is the head, which stands for
// all. The others are merged into it. A head is merged into nobody.
class MergedMembers {
 public:
  bool empty() const { return heads_.empty(); }
  // Takes up what the member says of itself.
  void Learn(const Member& member) { Set(member.key, member.merged_into); }
  // A nil `head`: the member is not merged.
  void Set(const MemberKey& member, const MemberKey& head) {
    if (const auto before = heads_.find(member); before != heads_.end()) {
      by_head_.erase({before->second, member});
      heads_.erase(before);
    }
    if (!head.IsNil()) {
      heads_.emplace(member, head);
      by_head_.emplace(head, member);
    }
  }

  // Whether other members are the same person.
  bool IsOneOfMany(const MemberKey& member) const {
    const auto merged = by_head_.lower_bound({member, MemberKey{}});
    return heads_.contains(member) || (merged != by_head_.end() && merged->first == member);
  }
  // The member itself unless it is merged.
  MemberKey HeadOf(const MemberKey& member) const {
    const auto head = heads_.find(member);
    return head == heads_.end() ? member : head->second;
  }
  // All members that are the same person as this one, the head first.
  std::vector<MemberKey> AllOf(const MemberKey& member) const {
    std::vector<MemberKey> all{HeadOf(member)};
    const MemberKey head = all.front();
    for (auto it = by_head_.lower_bound({head, MemberKey{}});
         it != by_head_.end() && it->first == head; ++it) {
      all.push_back(it->second);
    }
    return all;
  }

 private:
  std::map<MemberKey, MemberKey> heads_;               // By merged member.
  std::set<std::pair<MemberKey, MemberKey>> by_head_;  // The same.
};

}  // namespace perigee::domain
