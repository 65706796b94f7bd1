#include "server/services/tier/tier_service.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/record_reader.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/tier/tier_convert.h"
#include "server/use_cases/tier/tier_reviewing.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"

namespace perigee::services {
namespace {

using domain::TierScheme;
using domain::TierStanding;
using use_cases::TierView;

// Says what the next level asks for and what the review will look at.
absl::Status AddOutlook(ports::StoreReader& reader, const TierView& view, const TierScheme& scheme,
                        const TierStanding& standing, Time now, v1::TierStanding& answer) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::int64_t earned,
      view.Earned(reader, scheme, standing.member, domain::WindowAt(scheme, view.zone(), now)));
  answer.set_earned(earned);
  const int held = domain::FindLevel(scheme, standing.level);
  const auto next = static_cast<std::size_t>(held + 1);
  if (next < scheme.levels.size()) {
    answer.set_next_level(scheme.levels[next].id);
    answer.set_missing(std::max<std::int64_t>(0, scheme.levels[next].at_least - earned));
  }
  if (held < 0) {
    return absl::OkStatus();
  }
  const Time review = std::max(now, standing.review_time);
  Interval window = domain::WindowAt(scheme, view.zone(), review);
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t counting,
                           view.Earned(reader, scheme, standing.member, window));
  *answer.mutable_review()->mutable_window_start_time() = ToTimestamp(window.start);
  answer.mutable_review()->set_earned(counting);
  answer.mutable_review()->set_needed(domain::LowWater(scheme, held));
  return absl::OkStatus();
}

absl::StatusOr<v1::TierStanding> GetStanding(const CallContext& call,
                                             const v1::GetTierStandingRequest& request,
                                             const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kTierStandingPattern));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::TierStanding> {
    PERIGEE_ASSIGN_OR_RETURN(const TierScheme scheme,
                             use_cases::RequireTierScheme(reader, parts[0], parts[2]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<TierStanding> found,
                             use_cases::FindTierStanding(reader, parts[0], member.key, scheme.id));
    const TierStanding standing = found.value_or(domain::EmptyStanding(scheme.id, member.key));
    v1::TierStanding answer = ToProto(scheme, standing, MemberName(parts[0], member.id), call.now);
    PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, parts[0], call.now));
    PERIGEE_RETURN_IF_ERROR(AddOutlook(reader, view, scheme, standing, call.now, answer));
    return answer;
  });
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
