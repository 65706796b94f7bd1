#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/seal.h"

namespace perigee {

// Opaque page tokens. A token is a position bound to one query and sealed, so that a client cannot
// read, make or change one. Safe from many threads.
class PageTokens {
 public:
  // `key` is the store's secret, the same in every server on one store.
  explicit PageTokens(std::string_view key);

  // `query` holds everything that must be the same on the next page (method, parent, filters).
  // `position` is the place of the last item.
  std::string Encode(std::string_view query, const std::vector<std::string>& position) const;

  // The position. kPageTokenInvalid if the token was not made with this key or was made for another
  // query.
  absl::StatusOr<std::vector<std::string>> Decode(std::string_view query,
                                                  std::string_view token) const;

 private:
  SealKey key_;
};

// The size of a page: `asked`, or `fallback` if `asked` is 0, at most `max`. kInvalidField if
// `asked` is negative.
absl::StatusOr<int> PageSize(int asked, int fallback, int max);

}  // namespace perigee
