#pragma once

#include "absl/status/statusor.h"
#include "perigee/v1/program.pb.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::services {

// ListAssets, as both doors have it.
absl::StatusOr<v1::ListAssetsResponse> ListAssets(const v1::ListAssetsRequest& request,
                                                  const ports::Store& store,
                                                  const PageTokens& tokens);

}  // namespace perigee::services
