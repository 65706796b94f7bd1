#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/contribution.pb.h"
#include "server/domain/champion/contribution.h"
#include "server/ports/store.h"
#include "server/services/champion/champion_convert.h"
#include "server/use_cases/champion/contributions.h"

namespace perigee::use_cases {
struct Year;
}  // namespace perigee::use_cases

namespace perigee::services {

v1::ContributionKind ToProto(const std::string& program, const domain::ContributionKind& kind);
// `names` are those of the authors.
v1::Contribution ToProto(const std::string& program, const use_cases::AuthoredContribution& whole,
                         const PersonNames& names);

// The answer of a change to a contribution.
absl::StatusOr<ports::Decision> AnsweredWith(ports::StoreReader& reader, const std::string& program,
                                             use_cases::DecidedContribution decided);

// Contributions with their authors. With `skip_erased`, those whose member was erased are left out.
absl::StatusOr<std::vector<v1::Contribution>> ShownContributions(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<domain::Contribution>& contributions, bool skip_erased);

// GetYear of both services.
absl::StatusOr<v1::ChampionYear> ReadYear(const ports::Store& store,
                                          const v1::GetYearRequest& request, Time now, ShownTo to);

}  // namespace perigee::services
