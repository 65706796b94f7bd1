#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/page_token.h"
#include "server/core/status_macros.h"

namespace perigee::services {

inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1000;

// Which page a List request asks for.
struct PageAsked {
  int size = kPageSizeDefault;
  std::string after;  // The position that the token holds; empty for the first page.
  int Limit() const { return size + 1; }  // One more than shown tells whether there is a next page.
};

// `query` is what must be the same on the next page. kInvalidField or kPageTokenInvalid.
template <class Request>
absl::StatusOr<PageAsked> ParsePage(const PageTokens& tokens, std::string_view query,
                                    const Request& request) {
  PageAsked page;
  PERIGEE_ASSIGN_OR_RETURN(page.size,
                           PageSize(request.page_size(), kPageSizeDefault, kPageSizeMax));
  if (!request.page_token().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> position,
                             tokens.Decode(query, request.page_token()));
    page.after = position.at(0);
  }
  return page;
}

// Of a list that was read whole: what comes after the page's start, by id, up to its limit.
template <class Item>
std::vector<Item> ItemsFrom(const PageAsked& page, std::vector<Item> items) {
  std::ranges::sort(items, {}, &Item::id);
  items.erase(items.begin(), std::ranges::upper_bound(items, page.after, {}, &Item::id));
  items.resize(std::min(items.size(), static_cast<std::size_t>(page.Limit())));
  return items;
}

// Cuts `items`, of which up to Limit() were read, to the page. Gives the token of the next page,
// made of `position(last item)`, or an empty one at the end.
template <class Item, class Position>
std::string CutPage(const PageTokens& tokens, std::string_view query, const PageAsked& page,
                    std::vector<Item>& items, Position position) {
  const auto size = static_cast<std::size_t>(page.size);
  if (items.size() <= size) {
    return {};
  }
  items.erase(items.begin() + page.size, items.end());
  return tokens.Encode(query, {position(items.back())});
}

}  // namespace perigee::services
