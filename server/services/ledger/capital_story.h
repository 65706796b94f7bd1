#pragma once

#include "absl/status/statusor.h"
#include "perigee/v1/capital.pb.h"
#include "server/ports/store.h"
#include "server/services/ledger/capital_convert.h"

namespace perigee::services {

// Why a transfer was made and what became of it; kNotFound if there is none of that name.
absl::StatusOr<v1::ExplainTransferResponse> TellStory(ports::StoreReader& reader,
                                                      const TransferPath& name);

}  // namespace perigee::services
