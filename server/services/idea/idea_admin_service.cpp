#include "server/services/idea/idea_admin_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/services/idea/idea_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/thanks/thanks_convert.h"
#include "server/use_cases/idea/ideas.h"

namespace perigee::services {
namespace {

using domain::IdeaMove;
using use_cases::CountedIdea;

absl::StatusOr<IdeaMove> MoveTo(v1::Idea::State state) {
  switch (state) {
    case v1::Idea::STATE_CONSIDERED:
      return IdeaMove::kConsider;
    case v1::Idea::STATE_PLANNED:
      return IdeaMove::kPlan;
    case v1::Idea::STATE_SHIPPED:
      return IdeaMove::kShip;
    case v1::Idea::STATE_DECLINED:
      return IdeaMove::kDecline;
    default:
      return InvalidField("state", "must be CONSIDERED, PLANNED, SHIPPED or DECLINED");
  }
}

absl::StatusOr<Change> ChangeToMove(const CallContext& call, const v1::MoveIdeaRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const auto name, ParseNumbered("name", request.name(), kIdeaPattern));
  use_cases::IdeaVerdict verdict;
  PERIGEE_ASSIGN_OR_RETURN(verdict.move, MoveTo(request.state()));
  verdict.reason = request.reason();
  verdict.etag = request.etag();
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", verdict.reason,
                                    verdict.move == IdeaMove::kDecline ? 1 : 0,
                                    domain::kIdeaReasonBytesMax));
  if (request.thanks_days() != 0) {
    verdict.thanks_within = std::chrono::days(request.thanks_days());
  }
  if (verdict.thanks_within < std::chrono::days(1) ||
      verdict.thanks_within > domain::kIdeaThanksMax) {
    return InvalidField("thanks_days",
                        absl::StrCat("must be 1 to ", domain::kIdeaThanksMax.count()));
  }
  return Change{
      name.first,
      [name, judge = JudgeOf(call.caller), verdict](
          ports::StoreReader& reader,
          const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
        use_cases::DecidedIdea decided =
            use_cases::MoveIdea(reader, unit, name.first, name.second, judge, verdict);
        if (!decided.ok()) {
          return decided.status();
        }
        PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                                 PersonNames::Of(reader, name.first, {decided->value.member}));
        PERIGEE_ASSIGN_OR_RETURN(const CountedIdea counted,
                                 use_cases::Counted(reader, name.first, decided->value));
        return Answered(std::move(decided),
                        [&](const domain::Idea&) { return ToProto(name.first, counted, names); });
      }};
}

absl::StatusOr<v1::ListAllIdeasResponse> ListAll(const v1::ListAllIdeasRequest& request,
                                                 const ports::Store& store,
                                                 const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::IdeaFilter filter, ParseIdeaFilter(parts[0], request));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens,
                  absl::StrCat("ListAllIdeas ", request.parent(), " ", request.item(), " ",
                               static_cast<int>(request.state())),
                  request));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision after, AfterOf(page));
  using Answer = absl::StatusOr<v1::ListAllIdeasResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(std::vector<CountedIdea> ideas,
                             use_cases::AllIdeas(reader, parts[0], filter, after, page.Limit()));
    v1::ListAllIdeasResponse response;
    response.set_next_page_token(
        page.Cut(ideas, [](const CountedIdea& last) { return absl::StrCat(last.idea.id); }));
    std::vector<domain::MemberKey> authors;
    for (const CountedIdea& one : ideas) {
      authors.push_back(one.idea.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], authors));
    for (const CountedIdea& one : ideas) {
      *response.add_ideas() = ToProto(parts[0], one, names);
    }
    return response;
  });
}

}  // namespace

IdeaAdminService::IdeaAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.IdeaAdminService") {
  Read<v1::ListAllIdeasRequest>("ListAllIdeas",
                                [this, &tokens](const CallContext&, const auto& asked) {
                                  return ListAll(asked, store(), tokens);
                                });
  Write<v1::MoveIdeaRequest>("MoveIdea", ChangeToMove);
}

}  // namespace perigee::services
