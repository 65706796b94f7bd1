#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/ask.pb.h"
#include "server/core/time.h"
#include "server/domain/ask/ask.h"
#include "server/ports/store.h"
#include "server/use_cases/ask/asks.h"

namespace perigee::services {

// `member`: the name of the person's member.
v1::Ask ToProto(const std::string& member, const domain::Ask& ask, Time now);
v1::AskBudget ToProto(const std::string& program, const use_cases::AskOutlook& outlook);

// kInvalidField, naming `name`.
absl::StatusOr<use_cases::AskPlace> ParseAskPlace(const std::string& name);

// The decision of a use case, with the ask as the answer, under the name of its person's member.
absl::StatusOr<ports::Decision> AnsweredWith(ports::StoreReader& reader, const std::string& program,
                                             Time now, use_cases::DecidedAsk decided);

}  // namespace perigee::services
