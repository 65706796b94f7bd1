#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/page_token.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/store.h"
#include "server/services/lookup.h"

namespace perigee::services {

inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1000;

// The page that a List request asks for. `tokens` must outlive it.
class Page {
 public:
  // `query` holds everything that must be the same on the next page. kInvalidField or
  // kPageTokenInvalid.
  template <class Request>
  static absl::StatusOr<Page> Parse(const PageTokens& tokens, std::string query,
                                    const Request& request) {
    Page page(tokens, std::move(query));
    PERIGEE_ASSIGN_OR_RETURN(page.size_,
                             PageSize(request.page_size(), kPageSizeDefault, kPageSizeMax));
    if (!request.page_token().empty()) {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> position,
                               tokens.Decode(page.query_, request.page_token()));
      page.after_ = position.at(0);
    }
    return page;
  }

  // The position of the last item before the page. Empty for the first page.
  const std::string& after() const { return after_; }
  // How many items the page shows at most.
  int size() const { return size_; }
  // How many items to read: one more than the page shows, to tell whether there is a next page.
  int Limit() const { return size_ + 1; }

  // Cuts `items` to the page. `items` must hold Limit() items if there are so many; more are
  // allowed. Returns the token of the next page, made from the `position` of the last item, or an
  // empty token at the end.
  template <class Item, class Position>
  std::string Cut(std::vector<Item>& items, Position position) const {
    if (items.size() < static_cast<std::size_t>(Limit())) {
      return {};
    }
    items.erase(items.begin() + size_, items.end());
    return TokenAfter(std::invoke(position, items.back()));
  }
  // The token of a page that goes on after that position.
  std::string TokenAfter(std::string position) const {
    return tokens_.Encode(query_, {std::move(position)});
  }
  // The same for items in any order, among them those before the page: sorts them by id, and cuts.
  template <class Item>
  std::string CutById(std::vector<Item>& items) const {
    std::ranges::sort(items, {}, &Item::id);
    items.erase(items.begin(), std::ranges::upper_bound(items, after_, {}, &Item::id));
    return Cut(items, &Item::id);
  }

 private:
  Page(const PageTokens& tokens, std::string query) : tokens_(tokens), query_(std::move(query)) {}

  const PageTokens& tokens_;
  std::string query_;
  int size_ = kPageSizeDefault;
  std::string after_;
};

// Answers a List of a programme's resources, by id. `read`, (StoreReader&, program, Page) →
// StatusOr<std::vector<Item>>, reads all items, or those of the page up to its limit. `add`,
// (Response&, program, Item), adds one item to the answer.
template <class Response, class Request, class Read, class Add>
absl::StatusOr<Response> ListOfProgram(const ports::Store& store, const PageTokens& tokens,
                                       const std::string& method, const Request& request, Read read,
                                       Add add) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, method + " " + request.parent(), request));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<Response> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(auto items, read(reader, parts[0], page));
    Response response;
    response.set_next_page_token(page.CutById(items));
    for (const auto& item : items) {
      add(response, parts[0], item);
    }
    return response;
  });
}

}  // namespace perigee::services
