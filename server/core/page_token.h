#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee {

// Opaque page tokens: a position bound to one query and signed, so that a client cannot make or
// alter one. Safe from many threads.
class PageTokens {
 public:
  // `key` is the store's secret, the same in every server of one store.
  explicit PageTokens(std::string key);

  // `query` is whatever must be the same on the next page (method, parent, filters); `position` the
  // last item's place.
  std::string Encode(std::string_view query, const std::vector<std::string>& position) const;

  // The position; kPageTokenInvalid if the token was not made here or was made for another query.
  absl::StatusOr<std::vector<std::string>> Decode(std::string_view query,
                                                  std::string_view token) const;

 private:
  std::string key_;
};

// The size of a page: `asked`, or `fallback` if 0, at most `max`; kInvalidField if negative.
absl::StatusOr<int> PageSize(int asked, int fallback, int max);

}  // namespace perigee
