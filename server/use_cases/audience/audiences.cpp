#include "server/use_cases/audience/audiences.h"

#include <chrono>
#include <optional>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/trait.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

absl::Status CheckDemographic(ports::StoreReader& reader, const std::string& program,
                              const std::vector<std::string>& facets, bool allowed) {
  if (allowed) {
    return absl::OkStatus();
  }
  for (const std::string& facet : facets) {
    domain::FacetType like;
    like.id = facet;
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::FacetType> type,
                             reader.records().Find(program, like));
    if (type.has_value() && type->demographic) {
      return Error(Reason::kDemographicAudience,
                   "facet " + facet +
                       " says who somebody is rather than what they do; to use it all the same, "
                       "set allow_demographic",
                   {{"facet", facet}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Judgement> JudgeMember(ports::StoreReader& reader,
                                              const std::string& program,
                                              const domain::Audience& audience,
                                              const domain::Member& member, Time now) {
  return audience.Judge(member, now, [&](const domain::AskedActivities& asked) {
    return reader.activities().CountOf(program, member.key, asked.type,
                                       now - std::chrono::days(asked.days));
  });
}

}  // namespace perigee::use_cases
