#pragma once

#include "absl/status/statusor.h"
#include "perigee/v1/capital.pb.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

struct TransferPath;

// Why a transfer was made and what became of it; kNotFound if there is none of that name.
absl::StatusOr<v1::ExplainTransferResponse> TellStory(ports::StoreReader& reader,
                                                      const TransferPath& name);

}  // namespace perigee::services
