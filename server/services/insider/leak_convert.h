#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/leak.pb.h"
#include "server/core/time.h"
#include "server/domain/insider/leak_case.h"
#include "server/services/champion/champion_convert.h"

namespace perigee::domain {
struct JoinedTraces;
}  // namespace perigee::domain

namespace perigee::services {

// A trace that was made at `now`. Candidates have the pseudonyms of members in the place of their
// names, so that it may be kept while members are erased: see WithNames.
v1::LeakTrace ToProto(const std::string& program, const domain::JoinedTraces& traces, Time now);
// The same with the names of those who are there.
absl::StatusOr<v1::LeakTrace> WithNames(ports::StoreReader& reader, const std::string& program,
                                        v1::LeakTrace trace);

// `names`: those of suspects.
v1::LeakCase ToProto(const std::string& program, const domain::LeakCase& leak,
                     const PersonNames& names);

}  // namespace perigee::services
