#pragma once

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

// What the store itself says of a period, for those who ask for proof: not for hot reads.

// A page of a final result, as ListEntries with result_version says.
absl::StatusOr<v1::ListEntriesResponse> ListResult(ports::StoreReader& reader,
                                                   const PageTokens& tokens,
                                                   const v1::ListEntriesRequest& request, Time now);

// A member's entry and what makes it, at one revision, which is the store's newest or later. Reads
// the one member's transfers; rank and ties are the board's, whose score is held against them. May
// wait for the board to be built.
absl::StatusOr<v1::ExplainEntryResponse> Explain(const ports::Store& store, ports::BoardView& view,
                                                 const v1::ExplainEntryRequest& request, Time now);

}  // namespace perigee::services
