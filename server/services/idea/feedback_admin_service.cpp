#include "server/services/idea/feedback_admin_service.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/record_reader.h"
#include "server/services/idea/idea_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/idea/feedback.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::services {
namespace {

using domain::Feedback;

absl::StatusOr<Change> ChangeToSetQuestions(const CallContext&,
                                            const v1::SetFeedbackQuestionsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kItemPattern));
  std::vector<domain::ItemQuestion> questions;
  for (const v1::FeedbackQuestion& question : request.questions()) {
    questions.push_back({question.id(), question.text()});
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckQuestions(questions));
  return Change{
      parts[0], [parts, questions, etag = request.etag()](ports::StoreReader& reader,
                                                          const ports::UnitContext& unit) {
        return Answered(
            use_cases::SetFeedbackQuestions(reader, unit, parts[0], parts[1], questions, etag),
            [&](const domain::InsiderItem& item) { return FormOf(parts[0], item, true); });
      }};
}

absl::Status CheckVersion(std::int32_t version) {
  return version >= 0 ? absl::OkStatus() : InvalidField("version", "must not be negative");
}

absl::StatusOr<v1::ListFeedbackResponse> ListFeedback(const v1::ListFeedbackRequest& request,
                                                      const ports::Store& store,
                                                      const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  PERIGEE_RETURN_IF_ERROR(CheckVersion(request.version()));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, absl::StrCat("ListFeedback ", request.parent(), " ", request.version()),
                  request));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision first, AfterOf(page));
  using Answer = absl::StatusOr<v1::ListFeedbackResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(use_cases::RequireItem(reader, parts[0], parts[1]).status());
    Feedback after;
    after.id = first;
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Feedback> feedback,
        reader.records().List<Feedback>(parts[0], {{"item", parts[1]}}, &after, page.Limit()));
    v1::ListFeedbackResponse response;
    response.set_next_page_token(
        page.Cut(feedback, [](const Feedback& last) { return absl::StrCat(last.id); }));
    std::vector<domain::MemberKey> keys;
    for (const Feedback& one : feedback) {
      keys.push_back(one.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], keys));
    for (const Feedback& one : feedback) {
      if ((request.version() == 0 || one.version == request.version()) &&
          !names(one.member).empty()) {
        *response.add_feedback() = ToProto(parts[0], one, names);
      }
    }
    return response;
  });
}

absl::StatusOr<v1::FeedbackSummary> Summarize(const v1::SummarizeFeedbackRequest& request,
                                              const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kItemPattern));
  PERIGEE_RETURN_IF_ERROR(CheckVersion(request.version()));
  PERIGEE_ASSIGN_OR_RETURN(
      const use_cases::FeedbackSummary summary, ReadFrom(store, [&](ports::StoreReader& reader) {
        return use_cases::SummarizeFeedback(reader, parts[0], parts[1], request.version());
      }));
  return ToProto(request.name(), summary);
}

}  // namespace

FeedbackAdminService::FeedbackAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.FeedbackAdminService") {
  Write<v1::SetFeedbackQuestionsRequest>("SetFeedbackQuestions", ChangeToSetQuestions);
  Read<v1::ListFeedbackRequest>("ListFeedback",
                                [this, &tokens](const CallContext&, const auto& asked) {
                                  return services::ListFeedback(asked, store(), tokens);
                                });
  Read<v1::SummarizeFeedbackRequest>(
      "SummarizeFeedback",
      [this](const CallContext&, const auto& asked) { return Summarize(asked, store()); });
}

}  // namespace perigee::services
