#include "server/domain/explain/explanation.h"

#include <limits>
#include <utility>

#include "absl/numeric/int128.h"

namespace perigee::domain {

void ShowParts(std::vector<ExplanationPart> parts, Explanation& explanation) {
  std::int64_t rest = explanation.value;
  std::size_t shown = 0;
  for (; shown < parts.size() && shown < kExplanationPartsMax; ++shown) {
    const absl::int128 less = absl::int128(rest) - parts[shown].amount;
    if (less < std::numeric_limits<std::int64_t>::min() ||
        less > std::numeric_limits<std::int64_t>::max()) {
      break;
    }
    rest = static_cast<std::int64_t>(less);
  }
  explanation.left_out = parts.size() - shown;
  explanation.left_out_amount = rest;
  parts.resize(shown);
  explanation.parts = std::move(parts);
}

}  // namespace perigee::domain
