#include "server/services/champion/contribution_admin_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/ports/record_reader.h"
#include "server/services/champion/contribution_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/champion/contributions.h"

namespace perigee::services {
namespace {

using domain::Contribution;
using domain::ContributionKind;
using domain::ContributionMove;

constexpr std::size_t kReasonBytesMax = 2000;

absl::StatusOr<Change> ChangeToSetKind(const CallContext&,
                                       const v1::SetContributionKindRequest& request) {
  const v1::ContributionKind& asked = request.contribution_kind();
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<std::string> parts,
      ParseName("contribution_kind.name", asked.name(), kContributionKindPattern));
  ContributionKind kind;
  kind.id = parts[1];
  kind.display_name = asked.display_name();
  kind.credit = asked.credit();
  kind.activity_type = asked.activity_type();
  kind.trusted = asked.trusted();
  kind.retired = asked.retired();
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeKind(kind));
  return Change{parts[0], [program = parts[0], kind, etag = asked.etag()](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::SetContributionKind(reader, unit, program, kind, etag),
                      [&](const ContributionKind& set) { return ToProto(program, set); });
                }};
}

absl::StatusOr<v1::ListContributionsResponse> ListContributions(
    const v1::ListContributionsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!v1::Contribution::State_IsValid(request.state())) {
    return InvalidField("state", "is not a state of contributions");
  }
  const int state = request.state();
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, absl::StrCat("ListContributions ", request.parent(), " ", state),
                  request));
  using Answer = absl::StatusOr<v1::ListContributionsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    Contribution after;
    after.id = page.after();
    std::vector<ports::FieldIs> filter;
    if (state != v1::Contribution::STATE_UNSPECIFIED) {
      filter.push_back({"state", std::int64_t{state}});
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Contribution> contributions,
        reader.records().List<Contribution>(parts[0], filter, &after, page.Limit()));
    v1::ListContributionsResponse response;
    response.set_next_page_token(page.Cut(contributions, &Contribution::id));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::Contribution> shown,
                             ShownContributions(reader, parts[0], contributions, true));
    response.mutable_contributions()->Assign(shown.begin(), shown.end());
    return response;
  });
}

absl::StatusOr<Change> ChangeByVerdict(const CallContext& call, const std::string& name,
                                       use_cases::ContributionVerdict verdict) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kContributionPattern));
  return Change{parts[0], [parts, judge = JudgeOf(call.caller), verdict = std::move(verdict)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(reader, parts[0],
                                      use_cases::JudgeContribution(reader, unit, parts[0], parts[1],
                                                                   judge, verdict));
                }};
}

}  // namespace

ContributionAdminService::ContributionAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ContributionAdminService") {
  Write<v1::SetContributionKindRequest>("SetContributionKind", ChangeToSetKind);
  Read<v1::ListContributionsRequest>("ListContributions",
                                     [this, &tokens](const CallContext&, const auto& asked) {
                                       return services::ListContributions(asked, store(), tokens);
                                     });
  Write<v1::StartContributionReviewRequest>(
      "StartContributionReview", [](const CallContext& context, const auto& asked) {
        return ChangeByVerdict(context, asked.name(), {ContributionMove::kStartReview});
      });
  Write<v1::AskForChangesRequest>(
      "AskForChanges", [](const CallContext& context, const auto& asked) -> absl::StatusOr<Change> {
        PERIGEE_RETURN_IF_ERROR(CheckText("reason", asked.reason(), 1, kReasonBytesMax));
        return ChangeByVerdict(context, asked.name(),
                               {ContributionMove::kAskForChanges, asked.reason()});
      });
  Write<v1::AcceptContributionRequest>("AcceptContribution", [](const CallContext& context,
                                                                const auto& asked) {
    return ChangeByVerdict(context, asked.name(), {ContributionMove::kAccept, "", asked.etag()});
  });
  Write<v1::RejectContributionRequest>(
      "RejectContribution",
      [](const CallContext& context, const auto& asked) -> absl::StatusOr<Change> {
        PERIGEE_RETURN_IF_ERROR(CheckText("reason", asked.reason(), 1, kReasonBytesMax));
        return ChangeByVerdict(context, asked.name(),
                               {ContributionMove::kReject, asked.reason(), asked.etag()});
      });
  Read<v1::GetYearRequest>("GetYear", [this](const CallContext& context, const auto& asked) {
    return ReadYear(store(), asked, context.now, ShownTo::kStaff);
  });
}

}  // namespace perigee::services
