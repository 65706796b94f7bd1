#include "server/services/tier/tier_service.h"

#include <cstddef>
#include <string>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/tier/tier_convert.h"
#include "server/use_cases/tier/tier_outlook.h"
#include "server/use_cases/tier/tier_schemes.h"

namespace perigee::services {
namespace {

using domain::TierScheme;
using use_cases::TierOutlook;

// Says what the next level asks for and what the review will look at.
void AddOutlook(const TierOutlook& outlook, v1::TierStanding& answer) {
  answer.set_earned(outlook.earned);
  if (outlook.next >= 0) {
    answer.set_next_level(outlook.scheme.levels[static_cast<std::size_t>(outlook.next)].id);
    answer.set_missing(outlook.missing);
  }
  if (outlook.held >= 0) {
    v1::TierReview& review = *answer.mutable_review();
    *review.mutable_window_start_time() = ToTimestamp(outlook.review_window.start);
    review.set_earned(outlook.earned_for_review);
    review.set_needed(domain::LowWater(outlook.scheme, outlook.held));
  }
}

absl::StatusOr<v1::TierStanding> GetStanding(const CallContext& call,
                                             const v1::GetTierStandingRequest& request,
                                             const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kTierStandingPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const TierOutlook outlook, ReadFrom(store, [&](ports::StoreReader& reader) {
        return use_cases::OutlookOf(reader, parts[0], parts[1], parts[2], call.now);
      }));
  v1::TierStanding answer =
      ToProto(outlook.scheme, outlook.standing, MemberName(parts[0], outlook.head.id), call.now);
  AddOutlook(outlook, answer);
  return answer;
}

}  // namespace

TierService::TierService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.TierService") {
  Read<v1::ListTierSchemesRequest>(
      "ListTierSchemes", [this, &tokens](const CallContext&, const auto& asked) {
        return ListOfProgram<v1::ListTierSchemesResponse>(
            store(), tokens, "ListTierSchemes", asked,
            [](auto& reader, const auto& program, const Page&) {
              return use_cases::AllTierSchemes(reader, program);
            },
            [](auto& answer, const auto& program, const TierScheme& scheme) {
              *answer.add_schemes() = ToProto(program, scheme);
            });
      });
  Read<v1::GetTierStandingRequest>("GetTierStanding",
                                   [this](const CallContext& context, const auto& asked) {
                                     return GetStanding(context, asked, store());
                                   });
}

}  // namespace perigee::services
