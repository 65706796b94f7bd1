#include "server/use_cases/idea/item_views.h"

#include "server/core/error.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::use_cases {

absl::StatusOr<bool> ItemViews::IsOpen(const std::string& item) {
  if (item.empty()) {
    return true;
  }
  if (const auto known = open_.find(item); known != open_.end()) {
    return known->second;
  }
  const absl::Status asked = gate_.Require(item).status();
  if (!asked.ok() && ReasonOf(asked) != Reason::kNotFound) {
    return asked;
  }
  return open_.emplace(item, asked.ok()).first->second;
}

}  // namespace perigee::use_cases
