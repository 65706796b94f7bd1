#include "server/services/ask/ask_service.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/services/ask/ask_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/ask/asks.h"

namespace perigee::services {
namespace {

using domain::Ask;
using domain::AskMove;
using domain::Member;

absl::StatusOr<Change> ChangeToAnswer(const std::string& name, AskMove answer,
                                      const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::AskPlace place, ParseAskPlace(name));
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", reason, 0, domain::kAskReasonBytesMax));
  return Change{place.program, [place, answer, reason](ports::StoreReader& reader,
                                                       const ports::UnitContext& unit) {
                  return AnsweredWith(reader, place.program, unit.now,
                                      use_cases::AnswerAsk(reader, unit, place, answer, reason));
                }};
}

absl::StatusOr<Change> ChangeToSetTerms(const CallContext&, const v1::SetAskTermsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  use_cases::AskTerms terms;
  terms.do_not_ask = request.do_not_ask();
  if (request.has_ask_limit()) {
    terms.limit = request.ask_limit();
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckAskLimit("ask_limit", terms.limit));
  return Change{parts[0],
                [parts, terms](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::SetAskTerms(reader, unit, parts[0], parts[1], terms),
                                  [&](const Member& member) { return ToProto(parts[0], member); });
                }};
}

absl::StatusOr<v1::ListOwnAsksResponse> ListOwn(const CallContext& call,
                                                const v1::ListOwnAsksRequest& request,
                                                const ports::Store& store,
                                                const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnAsks " + request.parent(), request));
  return ReadFrom(
      store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListOwnAsksResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
        PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                                 reader.members().Merged(parts[0]));
        PERIGEE_ASSIGN_OR_RETURN(
            std::vector<Ask> asks,
            use_cases::AllRecordsOf<Ask>(reader, parts[0], merged.AllOf(member.key)));
        std::erase_if(asks, [](const Ask& ask) { return !IsKnownToMember(ask); });
        v1::ListOwnAsksResponse response;
        response.set_next_page_token(page.CutById(asks));
        for (const Ask& ask : asks) {
          *response.add_asks() = ToProto(MemberName(parts[0], member.id), ask, call.now);
        }
        return response;
      });
}

}  // namespace

AskService::AskService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.AskService") {
  Read<v1::ListOwnAsksRequest>("ListOwnAsks",
                               [this, &tokens](const CallContext& context, const auto& asked) {
                                 return ListOwn(context, asked, store(), tokens);
                               });
  Write<v1::AcceptAskRequest>("AcceptAsk", [](const CallContext&, const auto& asked) {
    return ChangeToAnswer(asked.name(), AskMove::kAccept, "");
  });
  Write<v1::DeclineAskRequest>("DeclineAsk", [](const CallContext&, const auto& asked) {
    return ChangeToAnswer(asked.name(), AskMove::kDecline, asked.reason());
  });
  Write<v1::SetAskTermsRequest>("SetAskTerms", ChangeToSetTerms);
}

}  // namespace perigee::services
