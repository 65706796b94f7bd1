#pragma once

#include <string>
#include <string_view>

#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Somebody tried what policy refuses. The journal entry says who, when and by which RPC.
struct PolicyRefusal {
  std::string policy;   // The reason of the refusal, as ReasonName spells it.
  std::string subject;  // What was tried, in a word of the contract. Never a text of a person.
  Revision revision = 0;

  static constexpr int kNumber = 24;
  static constexpr std::string_view kTable = "policy_refusal";
  static constexpr bool kAppendOnly = true;
  static auto Fields();
};
template <>
const RecordType& TypeOf<PolicyRefusal>();

}  // namespace perigee::domain
