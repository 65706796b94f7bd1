#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/thanks.pb.h"
#include "server/core/time.h"
#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/store.h"
#include "server/ports/thanks/thanks_reader.h"
#include "server/services/champion/champion_convert.h"
#include "server/use_cases/thanks/thanks.h"

namespace perigee::services {

// The programme and the number in the name of a thanks or promise. A number that no resource can
// have is 0. kInvalidField, naming `field`, for another name.
absl::StatusOr<std::pair<std::string, domain::Revision>> ParseNumbered(std::string_view field,
                                                                       const std::string& name,
                                                                       std::string_view pattern);
// kInvalidField, naming `thanked_for`, unless it is empty or the name of an activity of the
// programme.
absl::Status CheckThankedFor(const std::string& name, const std::string& program);

v1::Thanks ToProto(const std::string& program, const domain::Thanks& thanks,
                   const PersonNames& names);
v1::Promise ToProto(const std::string& program, const domain::Promise& promise, Time now,
                    const PersonNames& names);

// The decision of a use case, answered with the thanks.
absl::StatusOr<ports::Decision> AnsweredWithThanks(ports::StoreReader& reader,
                                                   const std::string& program,
                                                   use_cases::DecidedThanks decided);

// Adds those to the list of which no side was erased.
absl::Status AddThanks(ports::StoreReader& reader, const std::string& program,
                       const std::vector<domain::Thanks>& thanks,
                       google::protobuf::RepeatedPtrField<v1::Thanks>& list);

// A place in a list as a page token keeps it. kPageTokenInvalid for another text.
std::string FormatPlace(const ports::TimedPlace& place);
absl::StatusOr<ports::TimedPlace> ParsePlace(const std::string& text);

}  // namespace perigee::services
