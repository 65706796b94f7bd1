#include "server/services/tier/tier_admin_service.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/member/member.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/champion/champion_convert.h"
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
using use_cases::TierView;

constexpr std::size_t kReasonBytesMax = 2000;
// Each member may have earned often, and other reads must not wait for them.
constexpr int kExaminedAtOnce = 500;

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

// Where a page of a dry run begins.
struct TryPosition {
  MemberKey after;
  domain::Revision up_to = 0;  // 0: of the first page.
};

TryPosition ParsePosition(const std::string& position) {
  TryPosition out;
  const std::size_t bytes = out.after.bytes.size();
  if (position.size() > bytes &&
      absl::SimpleAtoi(absl::string_view(position).substr(bytes), &out.up_to)) {
    out.after = Uuid::FromRaw(std::string_view(position).substr(0, bytes));
  }
  return out;
}

absl::StatusOr<v1::TryTierSchemeResponse> TryScheme(const CallContext& call,
                                                    ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const TierScheme& scheme, const Page& page) {
  TryPosition position = ParsePosition(page.after());
  if (position.up_to == 0) {
    PERIGEE_ASSIGN_OR_RETURN(position.up_to, reader.journal().Head(program));
  }
  PERIGEE_ASSIGN_OR_RETURN(const TierView view,
                           TierView::Of(reader, program, call.now, position.up_to));
  PERIGEE_ASSIGN_OR_RETURN(
      const TierView::Portion portion,
      view.FindAmong(reader, scheme, position.after,
                     {kExaminedAtOnce, static_cast<std::size_t>(page.size())}));
  v1::TryTierSchemeResponse response;
  response.set_examined(portion.examined);
  response.set_revision(position.up_to);
  if (!portion.last.IsNil()) {
    response.set_next_page_token(
        page.TokenAfter(absl::StrCat(std::string(portion.last.Raw()), position.up_to)));
  }
  for (const use_cases::TierFinding& finding : portion.findings) {
    if (!finding.HasNews()) {
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                             reader.members().FindByKeys(program, {&finding.person.member, 1}));
    v1::TierMove& move = *response.add_moves();
    move.set_member(MemberName(program, members.front().id));
    move.set_display_name(members.front().display_name);
    move.set_from_level(finding.before.level);
    move.set_to_level(finding.after.level);
    move.set_news(static_cast<v1::TierStanding::News>(finding.after.news));
    move.set_earned(finding.after.earned);
  }
  return response;
}

absl::StatusOr<v1::TryTierSchemeResponse> TryTierScheme(const CallContext& call,
                                                        const v1::TryTierSchemeRequest& request,
                                                        const ports::Store& store,
                                                        const PageTokens& tokens) {
  std::string program;
  PERIGEE_ASSIGN_OR_RETURN(const TierScheme wanted, ParseTierScheme(request.scheme(), program));
  v1::TryTierSchemeRequest same = request;
  same.clear_page_size();
  same.clear_page_token();
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page, Page::Parse(tokens, "TryTierScheme " + same.SerializeAsString(), request));
  using Answer = absl::StatusOr<v1::TryTierSchemeResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(
        const TierScheme planned,
        use_cases::PlanTierScheme(reader, program, wanted, request.scheme().etag()));
    return TryScheme(call, reader, program, planned, page);
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
