#include "server/services/idea/feedback_service.h"

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
#include "server/use_cases/idea/feedback.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::services {
namespace {

using domain::Feedback;
using use_cases::PersonalGate;

absl::StatusOr<v1::FeedbackForm> GetForm(const CallContext& call,
                                         const v1::GetFeedbackFormRequest& request,
                                         const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), parts[0]));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::FeedbackForm> {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member person,
                             use_cases::RequireMember(reader, parts[0], member, "member"));
    PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate,
                             PersonalGate::Of(reader, parts[0], person, call.now));
    PERIGEE_ASSIGN_OR_RETURN(const use_cases::OpenItem open, gate.Require(parts[1]));
    return FormOf(parts[0], open.item, false);
  });
}

absl::StatusOr<Change> ChangeToGive(const CallContext&, const v1::GiveFeedbackRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  use_cases::FeedbackDraft draft;
  draft.member = parts[1];
  PERIGEE_ASSIGN_OR_RETURN(draft.item,
                           ParseItemRef("feedback.item", request.feedback().item(), parts[0]));
  if (draft.item.empty()) {
    return InvalidField("feedback.item", "is required");
  }
  draft.version = request.feedback().version();
  for (const v1::Feedback::Rating& rating : request.feedback().ratings()) {
    draft.ratings.push_back({rating.question(), rating.rating()});
  }
  draft.text = request.feedback().text();
  return Change{
      parts[0],
      [program = parts[0], draft](ports::StoreReader& reader, const ports::UnitContext& unit)
          -> absl::StatusOr<ports::Decision> {
        use_cases::DecidedFeedback decided = use_cases::GiveFeedback(reader, unit, program, draft);
        if (!decided.ok()) {
          return decided.status();
        }
        PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                                 PersonNames::Of(reader, program, {decided->value.member}));
        return Answered(std::move(decided), [&](const Feedback& feedback) {
          return ToProto(program, feedback, names);
        });
      }};
}

absl::StatusOr<v1::ListOwnFeedbackResponse> ListOwn(const CallContext& call,
                                                    const v1::ListOwnFeedbackRequest& request,
                                                    const ports::Store& store,
                                                    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnFeedback " + request.parent(), request));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision after, AfterOf(page));
  using Answer = absl::StatusOr<v1::ListOwnFeedbackResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member person,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate,
                             PersonalGate::Of(reader, parts[0], person, call.now));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Feedback> own,
                             use_cases::OwnFeedback(reader, parts[0], gate));
    std::erase_if(own, [&](const Feedback& one) { return one.id <= after; });
    v1::ListOwnFeedbackResponse response;
    response.set_next_page_token(
        page.Cut(own, [](const Feedback& last) { return absl::StrCat(last.id); }));
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                             PersonNames::Of(reader, parts[0], gate.members()));
    for (const Feedback& one : own) {
      *response.add_feedback() = ToProto(parts[0], one, names);
    }
    return response;
  });
}

}  // namespace

FeedbackService::FeedbackService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.FeedbackService") {
  Read<v1::GetFeedbackFormRequest>("GetFeedbackForm",
                                   [this](const CallContext& context, const auto& asked) {
                                     return GetForm(context, asked, store());
                                   });
  Write<v1::GiveFeedbackRequest>("GiveFeedback", ChangeToGive);
  Read<v1::ListOwnFeedbackRequest>("ListOwnFeedback",
                                   [this, &tokens](const CallContext& context, const auto& asked) {
                                     return ListOwn(context, asked, store(), tokens);
                                   });
}

}  // namespace perigee::services
