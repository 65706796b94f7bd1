#include "server/services/dry_run.h"

#include <string_view>

#include "absl/strings/numbers.h"

namespace perigee::services {

DryRunPosition DryRunPosition::Parse(const std::string& position) {
  DryRunPosition out;
  const std::size_t bytes = out.after.bytes.size();
  if (position.size() > bytes &&
      absl::SimpleAtoi(absl::string_view(position).substr(bytes), &out.up_to)) {
    out.after = Uuid::FromRaw(std::string_view(position).substr(0, bytes));
  }
  return out;
}

}  // namespace perigee::services
