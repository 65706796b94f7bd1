#include "server/services/ask/ask_admin_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/ask/ask_convert.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/ask/asks.h"

namespace perigee::services {
namespace {

using domain::Ask;
using domain::AskMove;
using domain::AskState;
using domain::MemberKey;

absl::StatusOr<AskState> ParseUpTo(v1::Ask::State state) {
  switch (state) {
    case v1::Ask::STATE_UNSPECIFIED:
      return AskState::kProposed;
    case v1::Ask::STATE_PROPOSED:
    case v1::Ask::STATE_RESERVED:
    case v1::Ask::STATE_SENT:
      return static_cast<AskState>(state);
    default:
      return InvalidField("up_to", "must be PROPOSED, RESERVED or SENT");
  }
}

absl::StatusOr<Change> ChangeToPropose(const CallContext&, const v1::ProposeAskRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_RETURN_IF_ERROR(domain::CheckAsk(request.team(), request.kind(), request.text()));
  use_cases::AskDraft draft{parts[1], request.team(), request.kind(), request.text()};
  PERIGEE_ASSIGN_OR_RETURN(draft.up_to, ParseUpTo(request.up_to()));
  return Change{parts[0], [program = parts[0], draft](ports::StoreReader& reader,
                                                      const ports::UnitContext& unit) {
                  return AnsweredWith(reader, program, unit.now,
                                      use_cases::ProposeAsk(reader, unit, program, draft));
                }};
}

absl::StatusOr<Change> ChangeByMove(const std::string& name, AskMove move) {
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::AskPlace place, ParseAskPlace(name));
  return Change{place.program,
                [place, move](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(reader, place.program, unit.now,
                                      use_cases::MoveAsk(reader, unit, place, move));
                }};
}

// Which asks a list has.
struct Listed {
  std::string program;
  std::string member;  // Empty: of all.
  std::string team;    // Empty: of all.
};

// One page of them, in whatever state. The token of the next page goes to `next`.
absl::StatusOr<std::vector<Ask>> ReadPage(ports::StoreReader& reader, const Listed& listed,
                                          const Page& page, std::string& next) {
  if (listed.member.empty()) {
    std::vector<ports::FieldIs> filter;
    if (!listed.team.empty()) {
      filter.push_back({"team", listed.team});
    }
    Ask after;
    after.id = page.after();
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Ask> asks,
        reader.records().List<Ask>(listed.program, filter, &after, page.Limit()));
    next = page.Cut(asks, &Ask::id);
    return asks;
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireMember(reader, listed.program, listed.member, "of_member"));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                           reader.members().Merged(listed.program));
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Ask> asks,
      use_cases::AllRecordsOf<Ask>(reader, listed.program, merged.AllOf(member.key)));
  std::erase_if(asks,
                [&](const Ask& ask) { return !listed.team.empty() && ask.team != listed.team; });
  next = page.CutById(asks);
  return asks;
}

absl::StatusOr<v1::ListAsksResponse> ListAsks(const CallContext& call,
                                              const v1::ListAsksRequest& request,
                                              const ports::Store& store, const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  Listed listed{parts[0], "", request.team()};
  if (!request.of_member().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(listed.member,
                             ParseMemberRef("of_member", request.of_member(), parts[0]));
  }
  if (!listed.team.empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckId("team", listed.team));
  }
  if (!v1::Ask::State_IsValid(request.state())) {
    return InvalidField("state", "must be a state of an ask");
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens,
                  absl::StrCat("ListAsks ", request.parent(), " ", request.of_member(), " ",
                               request.team(), " ", request.state()),
                  request));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListAsksResponse> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, listed.program).status());
    v1::ListAsksResponse response;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Ask> asks,
                             ReadPage(reader, listed, page, *response.mutable_next_page_token()));
    std::vector<MemberKey> keys;
    for (const Ask& ask : asks) {
      keys.push_back(ask.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                             PersonNames::Of(reader, listed.program, keys));
    for (const Ask& ask : asks) {
      const std::string member = names(ask.member);
      const bool is_asked_for =
          request.state() == v1::Ask::STATE_UNSPECIFIED ||
          domain::StateOf(ask, call.now) == static_cast<AskState>(request.state());
      if (!member.empty() && is_asked_for) {
        *response.add_asks() = ToProto(member, ask, call.now);
      }
    }
    return response;
  });
}

}  // namespace

AskAdminService::AskAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.AskAdminService") {
  const auto move = [](AskMove made) {
    return
        [made](const CallContext&, const auto& asked) { return ChangeByMove(asked.name(), made); };
  };
  Write<v1::ProposeAskRequest>("ProposeAsk", ChangeToPropose);
  Write<v1::ReserveAskRequest>("ReserveAsk", move(AskMove::kReserve));
  Write<v1::SendAskRequest>("SendAsk", move(AskMove::kSend));
  Write<v1::CompleteAskRequest>("CompleteAsk", move(AskMove::kComplete));
  Write<v1::ThankForAskRequest>("ThankForAsk", move(AskMove::kThank));
  Write<v1::CancelAskRequest>("CancelAsk", move(AskMove::kCancel));
  Read<v1::ListAsksRequest>("ListAsks",
                            [this, &tokens](const CallContext& context, const auto& asked) {
                              return services::ListAsks(context, asked, store(), tokens);
                            });
  Read<v1::GetAskBudgetRequest>(
      "GetAskBudget",
      [this](const CallContext& context, const auto& asked) -> absl::StatusOr<v1::AskBudget> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("parent", asked.parent(), kMemberPattern));
        PERIGEE_ASSIGN_OR_RETURN(
            const use_cases::AskOutlook outlook, ReadFrom(store(), [&](ports::StoreReader& reader) {
              return use_cases::ReadAskOutlook(reader, parts[0], parts[1], context.now);
            }));
        return ToProto(parts[0], outlook);
      });
}

}  // namespace perigee::services
