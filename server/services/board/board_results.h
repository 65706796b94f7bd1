#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "perigee/v1/board.pb.h"
#include "server/core/time.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class BoardView;
class Store;
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

// Reads of a period from the store itself, for callers that want proof. Not for hot reads.

// kNotFound for a member who has no entry in the period, whether or not there is such a member.
absl::Status NoEntry(std::string_view member, std::string_view period);

// A page of a final result, as ListEntries with result_version says.
absl::StatusOr<v1::ListEntriesResponse> ListResult(ports::StoreReader& reader,
                                                   const PageTokens& tokens,
                                                   const v1::ListEntriesRequest& request, Time now);

// A member's entry and the transfers that make it, at one revision, which is the store's newest or
// later. Reads only that member's transfers. Rank and ties are the board's, if its score equals the
// ledger's. May wait until the board is built.
absl::StatusOr<v1::ExplainEntryResponse> Explain(const ports::Store& store, ports::BoardView& view,
                                                 const v1::ExplainEntryRequest& request, Time now);

}  // namespace perigee::services
