#pragma once

#include <string>

#include "server/use_cases/member/members.h"

namespace perigee::use_cases {

// Two members that are one person.
struct MergeOrder {
  std::string program;
  std::string into;  // The id of the member that stands for both.
  std::string from;  // The id of the member that is merged into it.
  std::string etag;  // The etag of `from` that the caller has seen. Empty: any.
};

// What MergeMembers of member.proto promises, with `into` as the answer. Nothing moves: see
// domain::MergedMembers. kNotFound, kEtagMismatch, kMemberMerged, kMembersDiffer, and kInvalidField
// (`from`).
DecidedMember MergeMembers(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const MergeOrder& order);

// A merged member, and the etag that the caller has seen. Empty: any.
struct UnmergeOrder {
  std::string program;
  std::string member;
  std::string etag;
};

// What UnmergeMember of member.proto promises, with the member that was merged as the answer.
// kNotFound, kEtagMismatch, kMemberNotMerged, and the refusals of ReturnPooled.
DecidedMember UnmergeMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const UnmergeOrder& order);

}  // namespace perigee::use_cases
