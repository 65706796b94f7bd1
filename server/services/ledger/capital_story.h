#pragma once

#include "absl/status/statusor.h"
#include "perigee/v1/capital.pb.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {
struct TransferPath;
}  // namespace perigee::use_cases

namespace perigee::services {

// Why a transfer was made, and its later captures, voids, timeouts and reversals. kNotFound if
// there is no transfer of that name.
absl::StatusOr<v1::ExplainTransferResponse> TellStory(ports::StoreReader& reader,
                                                      const use_cases::TransferPath& name);

}  // namespace perigee::services
