#include "server/services/tier/tier_admin_service.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/dry_run.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/tier/tier_convert.h"
#include "server/use_cases/tier/tier_reviewing.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"

namespace perigee::services {
namespace {

using domain::MemberKey;
using domain::TierScheme;
using domain::TierStanding;

constexpr std::size_t kReasonBytesMax = 2000;

absl::StatusOr<Change> ChangeToSet(const CallContext&, const v1::SetTierSchemeRequest& request) {
  std::string program;
  PERIGEE_ASSIGN_OR_RETURN(TierScheme wanted, ParseTierScheme(request.scheme(), program));
  return Change{program, [program, wanted = std::move(wanted), etag = request.scheme().etag()](
                             ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::SetTierScheme(reader, unit, program, wanted, etag),
                      [&](const TierScheme& scheme) { return ToProto(program, scheme); });
                }};
}

// The answer to a change of a standing.
absl::StatusOr<ports::Decision> Show(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const std::vector<std::string>& parts,
                                     use_cases::DecidedTierStanding decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  PERIGEE_ASSIGN_OR_RETURN(const TierScheme scheme,
                           use_cases::RequireTierScheme(reader, parts[0], parts[2]));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, parts[0], parts[1]));
  return Answered(std::move(decided), [&](const TierStanding& standing) {
    return ToProto(scheme, standing, MemberName(parts[0], member.id), unit.now);
  });
}

absl::StatusOr<Change> ChangeToLock(const CallContext&,
                                    const v1::LockTierStandingRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kTierStandingPattern));
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", request.reason(), 1, kReasonBytesMax));
  use_cases::TierLockOrder order{parts[0],     parts[1],     parts[2],
                                 std::nullopt, std::nullopt, request.reason()};
  if (request.has_level()) {
    order.level = request.level();
  }
  if (request.has_until_time()) {
    PERIGEE_ASSIGN_OR_RETURN(order.until, FromTimestamp("until_time", request.until_time()));
  }
  return Change{parts[0], [parts, order = std::move(order)](ports::StoreReader& reader,
                                                            const ports::UnitContext& unit) {
                  return Show(reader, unit, parts,
                              use_cases::LockTierStanding(reader, unit, order));
                }};
}

absl::StatusOr<Change> ChangeToUnlock(const CallContext&,
                                      const v1::UnlockTierStandingRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kTierStandingPattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Show(
                      reader, unit, parts,
                      use_cases::UnlockTierStanding(reader, unit, parts[0], parts[1], parts[2]));
                }};
}

absl::Status AddMove(ports::StoreReader& reader, const std::string& program,
                     const use_cases::TierFinding& finding, v1::TryTierSchemeResponse& response) {
  if (!finding.HasNews()) {
    return absl::OkStatus();
  }
  v1::TierMove& move = *response.add_moves();
  move.set_from_level(finding.before.level);
  move.set_to_level(finding.after.level);
  move.set_news(static_cast<v1::TierStanding::News>(finding.after.news));
  move.set_earned(finding.after.earned);
  return SetMember(reader, program, finding.person.member, move);
}

absl::StatusOr<v1::TryTierSchemeResponse> TryTierScheme(const CallContext& call,
                                                        const v1::TryTierSchemeRequest& request,
                                                        const ports::Store& store,
                                                        const PageTokens& tokens) {
  std::string program;
  PERIGEE_ASSIGN_OR_RETURN(const TierScheme wanted, ParseTierScheme(request.scheme(), program));
  PERIGEE_ASSIGN_OR_RETURN(const Page page, ParseDryRunPage(tokens, "TryTierScheme", request));
  using Answer = absl::StatusOr<v1::TryTierSchemeResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(
        const TierScheme planned,
        use_cases::PlanTierScheme(reader, program, wanted, request.scheme().etag()));
    return DryRunPage<use_cases::TierView, v1::TryTierSchemeResponse>(
        reader, program, planned, page, call.now, [&](const auto& finding, auto& response) {
          return AddMove(reader, program, finding, response);
        });
  });
}

absl::StatusOr<v1::ListTierStandingsResponse> ListStandings(
    const CallContext& call, const v1::ListTierStandingsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kTierSchemePattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "ListTierStandings " + request.parent() + " " + request.level(),
                  request));
  using Answer = absl::StatusOr<v1::ListTierStandingsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const TierScheme scheme,
                             use_cases::RequireTierScheme(reader, parts[0], parts[1]));
    TierStanding after;
    after.id = page.after();
    std::vector<ports::FieldIs> filter{{"scheme", scheme.id}};
    if (!request.level().empty()) {
      filter.push_back({"level", request.level()});
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<TierStanding> standings,
        reader.records().List<TierStanding>(parts[0], filter, &after, page.Limit()));
    v1::ListTierStandingsResponse response;
    response.set_next_page_token(page.Cut(standings, &TierStanding::id));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(parts[0]));
    // That of a member who is merged rests.
    std::erase_if(standings, [&](const TierStanding& standing) {
      return merged.HeadOf(standing.member) != standing.member;
    });
    std::vector<MemberKey> keys;
    for (const TierStanding& standing : standings) {
      keys.push_back(standing.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const MemberNames names, NamesOf(reader, parts[0], keys));
    for (const TierStanding& standing : standings) {
      const auto name = names.find(standing.member);
      if (name != names.end()) {
        *response.add_standings() = ToProto(scheme, standing, name->second, call.now);
      }
    }
    return response;
  });
}

}  // namespace

TierAdminService::TierAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.TierAdminService") {
  Write<v1::SetTierSchemeRequest>("SetTierScheme", ChangeToSet);
  Read<v1::TryTierSchemeRequest>("TryTierScheme",
                                 [this, &tokens](const CallContext& context, const auto& asked) {
                                   return services::TryTierScheme(context, asked, store(), tokens);
                                 });
  Read<v1::ListTierStandingsRequest>(
      "ListTierStandings", [this, &tokens](const CallContext& context, const auto& asked) {
        return ListStandings(context, asked, store(), tokens);
      });
  Write<v1::LockTierStandingRequest>("LockTierStanding", ChangeToLock);
  Write<v1::UnlockTierStandingRequest>("UnlockTierStanding", ChangeToUnlock);
}

}  // namespace perigee::services
