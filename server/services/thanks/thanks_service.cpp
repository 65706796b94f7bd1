#include "server/services/thanks/thanks_service.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/thanks/thanks_convert.h"
#include "server/use_cases/thanks/reciprocity.h"
#include "server/use_cases/thanks/thanks.h"

namespace perigee::services {
namespace {

using domain::Thanks;
using ports::ThanksSide;

absl::StatusOr<Change> ChangeToGive(const CallContext&, const v1::GiveThanksRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  use_cases::ThanksDraft draft;
  draft.giver = parts[1];
  if (!request.receiver().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.receiver,
                             ParseMemberRef("receiver", request.receiver(), parts[0]));
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckThanksText(request.text()));
  PERIGEE_RETURN_IF_ERROR(CheckThankedFor(request.thanked_for(), parts[0]));
  draft.text = request.text();
  draft.thanked_for = request.thanked_for();
  return Change{.program = parts[0],
                .decide = [program = parts[0], draft](
                              ports::StoreReader& reader,
                              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
                  return AnsweredWithThanks(reader, program,
                                            use_cases::GiveThanks(reader, unit, program, draft));
                },
                .lookups = use_cases::LookupsOf(draft)};
}

absl::StatusOr<Change> ChangeToWithdraw(const CallContext&,
                                        const v1::WithdrawThanksRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const auto name, ParseNumbered("name", request.name(), kThanksPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), name.first));
  return Change{name.first,
                [name, member](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWithThanks(
                      reader, name.first,
                      use_cases::WithdrawThanks(reader, unit, name.first, name.second, member));
                }};
}

absl::StatusOr<v1::ListThanksResponse> ListThanks(const v1::ListThanksRequest& request,
                                                  const ports::Store& store,
                                                  const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  if (request.side() != v1::ListThanksRequest::SIDE_GIVEN &&
      request.side() != v1::ListThanksRequest::SIDE_RECEIVED) {
    return InvalidField("side", "must be GIVEN or RECEIVED");
  }
  const std::string side = v1::ListThanksRequest::Side_Name(request.side());
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page, Page::Parse(tokens, "ListThanks " + request.parent() + " " + side, request));
  ports::TimedPlace before = ports::kAfterAll;
  if (!page.after().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(before, ParsePlace(page.after()));
  }
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListThanksResponse> {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(parts[0]));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Thanks> thanks,
                             use_cases::ThanksOf(reader, parts[0],
                                                 request.side() == v1::ListThanksRequest::SIDE_GIVEN
                                                     ? ThanksSide::kGiver
                                                     : ThanksSide::kReceiver,
                                                 merged.AllOf(member.key), before, page.Limit()));
    v1::ListThanksResponse response;
    response.set_next_page_token(page.Cut(thanks, [](const Thanks& last) {
      return FormatPlace({last.create_time, last.id});
    }));
    PERIGEE_RETURN_IF_ERROR(AddThanks(reader, parts[0], thanks, *response.mutable_thanks()));
    return response;
  });
}

absl::StatusOr<v1::ThanksBudget> GetBudget(const CallContext& call,
                                           const v1::GetThanksBudgetRequest& request,
                                           const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const domain::ThanksBudget budget,
      ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<domain::ThanksBudget> {
        PERIGEE_ASSIGN_OR_RETURN(const domain::Program program, RequireProgram(reader, parts[0]));
        PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                                 RequireMember(reader, parts[0], parts[1]));
        PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                                 reader.members().Merged(parts[0]));
        return use_cases::BudgetOf(reader, program, merged.AllOf(member.key), call.now);
      }));
  v1::ThanksBudget out;
  out.set_limit(budget.limit);
  out.set_used(budget.used);
  *out.mutable_period_time() = ToTimestamp(budget.period.start);
  *out.mutable_next_period_time() = ToTimestamp(budget.period.end);
  return out;
}

absl::StatusOr<v1::Reciprocity> GetReciprocity(const CallContext& call,
                                               const v1::GetReciprocityRequest& request,
                                               const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const use_cases::PersonReciprocity found, ReadFrom(store, [&](ports::StoreReader& reader) {
        return use_cases::ReciprocityOfPerson(reader, parts[0], parts[1], call.now);
      }));
  v1::Reciprocity out;
  out.set_name(request.name());
  if (found.members.index.has_value()) {
    out.set_index(*found.members.index);
  }
  out.set_partners(found.members.partners);
  out.set_mutual_partners(found.members.mutual);
  if (found.brand.has_value()) {
    out.set_brand_index(*found.brand);
  }
  out.set_brand_thanks(found.brand_thanks);
  out.set_asks_accepted(found.asks_accepted);
  return out;
}

}  // namespace

ThanksService::ThanksService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ThanksService") {
  Write<v1::GiveThanksRequest>("GiveThanks", ChangeToGive);
  Write<v1::WithdrawThanksRequest>("WithdrawThanks", ChangeToWithdraw);
  Read<v1::ListThanksRequest>("ListThanks", [this, &tokens](const CallContext&, const auto& asked) {
    return services::ListThanks(asked, store(), tokens);
  });
  Read<v1::GetThanksBudgetRequest>("GetThanksBudget",
                                   [this](const CallContext& context, const auto& asked) {
                                     return GetBudget(context, asked, store());
                                   });
  Read<v1::GetReciprocityRequest>("GetReciprocity",
                                  [this](const CallContext& context, const auto& asked) {
                                    return services::GetReciprocity(context, asked, store());
                                  });
}

}  // namespace perigee::services
