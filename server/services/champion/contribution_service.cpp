#include "server/services/champion/contribution_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/champion/contribution_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "server/use_cases/champion/contributions.h"

namespace perigee::services {
namespace {

using domain::Contribution;
using domain::ContributionKind;
using use_cases::ContributionDraft;

constexpr char kAuthorsField[] = "contribution.authors";

absl::Status AddAuthor(const v1::Contribution::Author& author, const std::string& program,
                       ContributionDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string id,
                           ParseMemberRef(kAuthorsField, author.member(), program));
  const std::int64_t weight = author.weight() == 0 ? 1 : author.weight();
  if (weight < 1 || weight > domain::kWeightMax) {
    return InvalidField(kAuthorsField,
                        absl::StrCat("must have weights of 1 to ", domain::kWeightMax));
  }
  if (id == draft.member) {
    draft.weight = weight;
  } else {
    draft.co_authors.push_back({id, weight});
  }
  return absl::OkStatus();
}

// The draft of the member of that id.
absl::StatusOr<ContributionDraft> ParseDraft(const v1::Contribution& contribution,
                                             const std::string& program,
                                             const std::string& member) {
  ContributionDraft draft;
  draft.member = member;
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<std::string> kind,
      ParseName("contribution.kind", contribution.kind(), kContributionKindPattern));
  if (kind[0] != program) {
    return InvalidField("contribution.kind", "is of another programme");
  }
  Contribution& stated = draft.stated;
  stated.kind = kind[1];
  stated.title = contribution.title();
  stated.link = contribution.link();
  stated.evidence = contribution.evidence();
  stated.date = contribution.date();
  stated.claimed_reach = contribution.claimed_reach();
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeContribution(stated));
  PERIGEE_RETURN_IF_ERROR(domain::ParseDay("contribution.date", stated.date).status());
  for (const v1::Contribution::Author& author : contribution.authors()) {
    PERIGEE_RETURN_IF_ERROR(AddAuthor(author, program, draft));
  }
  if (draft.co_authors.size() > domain::kCoAuthorsMax) {
    return InvalidField(kAuthorsField,
                        absl::StrCat("must name at most ", domain::kCoAuthorsMax, " others"));
  }
  return draft;
}

absl::StatusOr<Change> ChangeToSubmit(const CallContext&,
                                      const v1::SubmitContributionRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const ContributionDraft draft,
                           ParseDraft(request.contribution(), parts[0], parts[1]));
  return Change{parts[0], [program = parts[0], draft](ports::StoreReader& reader,
                                                      const ports::UnitContext& unit) {
                  return AnsweredWith(reader, program,
                                      use_cases::SubmitContribution(reader, unit, program, draft));
                }};
}

absl::StatusOr<Change> ChangeToRevise(const CallContext&,
                                      const v1::ReviseContributionRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kContributionPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), parts[0]));
  PERIGEE_ASSIGN_OR_RETURN(const ContributionDraft draft,
                           ParseDraft(request.contribution(), parts[0], member));
  return Change{parts[0], [parts, draft, etag = request.contribution().etag()](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(
                      reader, parts[0],
                      use_cases::ReviseContribution(reader, unit, parts[0], parts[1], draft, etag));
                }};
}

// WithdrawContribution or DeclineCredit, by `move`.
template <class Request>
absl::StatusOr<Change> ChangeByMember(const Request& request,
                                      decltype(use_cases::WithdrawContribution)* move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kContributionPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), parts[0]));
  return Change{
      parts[0], [parts, member, move](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return AnsweredWith(reader, parts[0], move(reader, unit, parts[0], parts[1], member));
      }};
}

absl::StatusOr<v1::ListOwnContributionsResponse> ListOwn(
    const v1::ListOwnContributionsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page, Page::Parse(tokens, "ListOwnContributions " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListOwnContributionsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(parts[0]));
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<use_cases::OwnContribution> all,
        use_cases::OwnContributionsOf(reader, parts[0], merged.AllOf(member.key)));
    std::vector<Contribution> contributions;
    for (use_cases::OwnContribution& one : all) {
      PERIGEE_ASSIGN_OR_RETURN(const bool is_there,
                               use_cases::IsThere(reader, parts[0], one.contribution.member));
      if (is_there || one.contribution.state == domain::ContributionState::kAccepted) {
        contributions.push_back(std::move(one.contribution));
      }
    }
    v1::ListOwnContributionsResponse response;
    response.set_next_page_token(page.CutById(contributions));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::Contribution> shown,
                             ShownContributions(reader, parts[0], contributions, false));
    response.mutable_contributions()->Assign(shown.begin(), shown.end());
    return response;
  });
}

}  // namespace

ContributionService::ContributionService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ContributionService") {
  Read<v1::ListContributionKindsRequest>(
      "ListContributionKinds", [this, &tokens](const CallContext&, const auto& asked) {
        return ListOfProgram<v1::ListContributionKindsResponse>(
            store(), tokens, "ListContributionKinds", asked,
            [](auto& reader, const auto& program, const Page& page) {
              ContributionKind after;
              after.id = page.after();
              return reader.records().template List<ContributionKind>(program, {}, &after,
                                                                      page.Limit());
            },
            [](auto& answer, const auto& program, const ContributionKind& kind) {
              *answer.add_contribution_kinds() = ToProto(program, kind);
            });
      });
  Write<v1::SubmitContributionRequest>("SubmitContribution", ChangeToSubmit);
  Write<v1::ReviseContributionRequest>("ReviseContribution", ChangeToRevise);
  Write<v1::WithdrawContributionRequest>(
      "WithdrawContribution", [](const CallContext&, const auto& asked) {
        return ChangeByMember(asked, use_cases::WithdrawContribution);
      });
  Write<v1::DeclineCreditRequest>("DeclineCredit", [](const CallContext&, const auto& asked) {
    return ChangeByMember(asked, use_cases::DeclineCredit);
  });
  Read<v1::ListOwnContributionsRequest>("ListOwnContributions",
                                        [this, &tokens](const CallContext&, const auto& asked) {
                                          return ListOwn(asked, store(), tokens);
                                        });
  Read<v1::GetYearRequest>("GetYear", [this](const CallContext& context, const auto& asked) {
    return ReadYear(store(), asked, context.now, ShownTo::kOwner);
  });
}

}  // namespace perigee::services
