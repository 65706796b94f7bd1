#include "server/services/idea/idea_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/idea/idea_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/thanks/thanks_convert.h"
#include "server/use_cases/idea/ideas.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::services {
namespace {

using domain::Idea;
using domain::IdeaVote;
using use_cases::PersonalGate;
using use_cases::SeenIdea;

absl::StatusOr<Change> ChangeToSubmit(const CallContext&, const v1::SubmitIdeaRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  use_cases::IdeaDraft draft;
  draft.member = parts[1];
  PERIGEE_ASSIGN_OR_RETURN(draft.item, ParseItemRef("idea.item", request.idea().item(), parts[0]));
  draft.title = request.idea().title();
  draft.text = request.idea().text();
  Idea stated;
  stated.title = draft.title;
  stated.text = draft.text;
  PERIGEE_RETURN_IF_ERROR(domain::CheckIdea(stated));
  return Change{
      parts[0],
      [program = parts[0], draft](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::SubmitIdea(reader, unit, program, draft), [&](const Idea& idea) {
          return ToProto(program, SeenIdea{{idea, 0}, false, true});
        });
      }};
}

// VoteForIdea or WithdrawVote, by `move`.
template <class Request>
absl::StatusOr<Change> ChangeVote(const Request& request, decltype(use_cases::VoteForIdea)* move) {
  PERIGEE_ASSIGN_OR_RETURN(const auto name, ParseNumbered("name", request.name(), kIdeaPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), name.first));
  return Change{name.first,
                [name, member, move](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(move(reader, unit, name.first, name.second, member),
                                  [&](const IdeaVote& vote) { return ToProto(name.first, vote); });
                }};
}

absl::StatusOr<PersonalGate> GateOf(ports::StoreReader& reader, const CallContext& call,
                                    const std::string& program, const std::string& member) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member person, RequireMember(reader, program, member));
  return PersonalGate::Of(reader, program, person, call.now);
}

std::string PositionOf(const SeenIdea& seen) { return absl::StrCat(seen.counted.idea.id); }

absl::StatusOr<v1::ListIdeasResponse> ListIdeas(const CallContext& call,
                                                const v1::ListIdeasRequest& request,
                                                const ports::Store& store,
                                                const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::IdeaFilter filter, ParseIdeaFilter(parts[0], request));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page, Page::Parse(tokens,
                                   absl::StrCat("ListIdeas ", request.parent(), " ", request.item(),
                                                " ", static_cast<int>(request.state())),
                                   request));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision after, AfterOf(page));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListIdeasResponse> {
    PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, GateOf(reader, call, parts[0], parts[1]));
    if (filter.item.has_value()) {
      PERIGEE_RETURN_IF_ERROR(gate.Require(*filter.item).status());
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<SeenIdea> ideas,
        use_cases::VisibleIdeas(reader, parts[0], gate, filter, after, page.Limit()));
    v1::ListIdeasResponse response;
    response.set_next_page_token(page.Cut(ideas, PositionOf));
    for (const SeenIdea& idea : ideas) {
      *response.add_ideas() = ToProto(parts[0], idea);
    }
    return response;
  });
}

absl::StatusOr<v1::ListOwnIdeasResponse> ListOwn(const CallContext& call,
                                                 const v1::ListOwnIdeasRequest& request,
                                                 const ports::Store& store,
                                                 const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnIdeas " + request.parent(), request));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision after, AfterOf(page));
  using Answer = absl::StatusOr<v1::ListOwnIdeasResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, GateOf(reader, call, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<SeenIdea> ideas,
                             use_cases::OwnIdeas(reader, parts[0], gate));
    std::erase_if(ideas, [&](const SeenIdea& idea) { return idea.counted.idea.id <= after; });
    v1::ListOwnIdeasResponse response;
    response.set_next_page_token(page.Cut(ideas, PositionOf));
    for (const SeenIdea& idea : ideas) {
      *response.add_ideas() = ToProto(parts[0], idea);
    }
    return response;
  });
}

}  // namespace

IdeaService::IdeaService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.IdeaService") {
  Write<v1::SubmitIdeaRequest>("SubmitIdea", ChangeToSubmit);
  Read<v1::ListIdeasRequest>("ListIdeas",
                             [this, &tokens](const CallContext& context, const auto& asked) {
                               return services::ListIdeas(context, asked, store(), tokens);
                             });
  Write<v1::VoteForIdeaRequest>("VoteForIdea", [](const CallContext&, const auto& asked) {
    return ChangeVote(asked, use_cases::VoteForIdea);
  });
  Write<v1::WithdrawVoteRequest>("WithdrawVote", [](const CallContext&, const auto& asked) {
    return ChangeVote(asked, use_cases::WithdrawVote);
  });
  Read<v1::ListOwnIdeasRequest>("ListOwnIdeas",
                                [this, &tokens](const CallContext& context, const auto& asked) {
                                  return ListOwn(context, asked, store(), tokens);
                                });
}

}  // namespace perigee::services
