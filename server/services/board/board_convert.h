#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "perigee/v1/board.pb.h"
#include "server/core/time.h"
#include "server/domain/board/board.h"
#include "server/use_cases/board/stored_period.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

v1::Board ToProto(const std::string& program, const domain::Board& board);

// The board that a sender states. Checks only that the domain's types can hold it.
absl::StatusOr<domain::Board> ParseBoard(const v1::Board& board);
// The same for the fields that an update may change: display_name, scheme, facet, kind,
// audience and allow_demographic.
absl::StatusOr<domain::Board> ParseChangeable(const v1::Board& board);

using use_cases::PeriodRef;
using use_cases::RequireBoard;
using use_cases::RequirePeriod;
using use_cases::StoredPeriod;

absl::StatusOr<PeriodRef> ParsePeriodRef(std::string_view field, std::string_view name);

// `amend_due`: see use_cases::AmendDue.
v1::Period ToProto(const std::string& program, const StoredPeriod& stored, Time now,
                   bool amend_due);
// The same, but asks the store.
absl::StatusOr<v1::Period> ToProto(ports::StoreReader& reader, const std::string& program,
                                   const StoredPeriod& stored, Time now);

}  // namespace perigee::services
