#include "clients/cli/demo_ideas.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/demo_stage.h"
#include "perigee/v1/feedback.grpc.pb.h"
#include "perigee/v1/idea.grpc.pb.h"
#include "perigee/v1/leak.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Ideas = v1::IdeaService::Stub;
using IdeaAdmin = v1::IdeaAdminService::Stub;
using Feedback = v1::FeedbackService::Stub;
using FeedbackAdmin = v1::FeedbackAdminService::Stub;
using LeakAdmin = v1::LeakAdminService::Stub;

constexpr char kRead[] = "items/first-light";

// An idea, who votes for it, and how far it has come.
struct Pitch {
  std::size_t author;
  std::string title;
  std::vector<std::size_t> voters{};
  std::vector<v1::Idea::State> path{};
};

std::vector<Pitch> Pitches() {
  using State = v1::Idea;
  return {
      {1, "A sky map that works on the train", {2, 3}},
      {2, "Shorter nights in the simulator", {3}, {State::STATE_CONSIDERED}},
      {3, "A quieter dome", {1, 2, 8, 13}, {State::STATE_CONSIDERED, State::STATE_PLANNED}},
      {8,
       "Name the comets that members find",
       {1, 2, 3, 13, 17},
       {State::STATE_CONSIDERED, State::STATE_PLANNED, State::STATE_SHIPPED}},
      {13, "An advertisement on the moon", {}, {State::STATE_DECLINED}},
  };
}

absl::Status Play(Stage& stage, const Pitch& pitch) {
  const std::string key = "idea " + std::to_string(pitch.author);
  v1::SubmitIdeaRequest submit;
  submit.set_parent(stage.Member(pitch.author));
  submit.mutable_idea()->set_title(pitch.title);
  PERIGEE_ASSIGN_OR_RETURN(const v1::Idea idea,
                           stage.Send(key, Door::kPublic, &Ideas::SubmitIdea, submit));
  for (const std::size_t voter : pitch.voters) {
    v1::VoteForIdeaRequest vote;
    vote.set_name(idea.name());
    vote.set_member(stage.Member(voter));
    PERIGEE_RETURN_IF_ERROR(
        stage.Send(key + " vote " + std::to_string(voter), Door::kPublic, &Ideas::VoteForIdea, vote)
            .status());
  }
  for (const v1::Idea::State state : pitch.path) {
    v1::MoveIdeaRequest move;
    move.set_name(idea.name());
    move.set_state(state);
    if (state == v1::Idea::STATE_DECLINED) {
      move.set_reason("We like the moon as it is");
    }
    PERIGEE_RETURN_IF_ERROR(
        stage
            .Send(key + " to " + std::to_string(state), Door::kInternal, &IdeaAdmin::MoveIdea, move)
            .status());
  }
  return absl::OkStatus();
}

absl::Status Ask(Stage& stage) {
  v1::SetFeedbackQuestionsRequest request;
  request.set_name(stage.Named(kRead));
  v1::FeedbackQuestion& question = *request.add_questions();
  question.set_id("clarity");
  question.set_text("Was it clear?");
  return stage
      .Send("feedback questions", Door::kInternal, &FeedbackAdmin::SetFeedbackQuestions, request)
      .status();
}

absl::Status Give(Stage& stage, std::size_t member, int overall, int clarity, std::string text) {
  v1::GiveFeedbackRequest request;
  request.set_parent(stage.Member(member));
  v1::Feedback& feedback = *request.mutable_feedback();
  feedback.set_item(stage.Named(kRead));
  feedback.add_ratings()->set_rating(overall);
  v1::Feedback::Rating& rating = *feedback.add_ratings();
  rating.set_question("clarity");
  rating.set_rating(clarity);
  feedback.set_text(std::move(text));
  return stage
      .Send("feedback " + std::to_string(member), Door::kPublic, &Feedback::GiveFeedback, request)
      .status();
}

template <class Request>
Request Of(const v1::LeakCase& leak, const std::string& reason) {
  Request request;
  request.set_name(leak.name());
  request.set_reason(reason);
  return request;
}

// A case that has gone that far.
absl::Status Report(Stage& stage, const std::string& summary, v1::LeakCase::State state) {
  const std::string key = "leak " + summary;
  v1::ReportLeakRequest report;
  report.set_parent(stage.program_name());
  report.set_item(stage.Named(kRead));
  report.set_summary(summary);
  PERIGEE_ASSIGN_OR_RETURN(const v1::LeakCase leak,
                           stage.Send(key, Door::kInternal, &LeakAdmin::ReportLeak, report));
  if (state == v1::LeakCase::STATE_REPORTED) {
    return absl::OkStatus();
  }
  PERIGEE_RETURN_IF_ERROR(stage
                              .Send(key + " triage", Door::kInternal, &LeakAdmin::StartLeakTriage,
                                    Of<v1::StartLeakTriageRequest>(leak, "Worth a look"))
                              .status());
  if (state == v1::LeakCase::STATE_CONFIRMED) {
    return stage
        .Send(key + " decision", Door::kInternal, &LeakAdmin::ConfirmLeak,
              Of<v1::ConfirmLeakRequest>(leak, "The words are ours; nobody knows whose copy"))
        .status();
  }
  if (state == v1::LeakCase::STATE_UNFOUNDED) {
    return stage
        .Send(key + " decision", Door::kInternal, &LeakAdmin::DismissLeak,
              Of<v1::DismissLeakRequest>(leak, "It was in the newspaper before"))
        .status();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeDemoIdeas(Stage& stage) {
  // What somebody changed or erased since stays so.
  const auto unless_before = [](const absl::Status& done) {
    return WasThereBefore(done) ? absl::OkStatus() : done;
  };
  for (const Pitch& pitch : Pitches()) {
    PERIGEE_RETURN_IF_ERROR(unless_before(Play(stage, pitch)));
  }
  PERIGEE_RETURN_IF_ERROR(unless_before(Ask(stage)));
  PERIGEE_RETURN_IF_ERROR(unless_before(Give(stage, 2, 5, 4, "At last!")));
  PERIGEE_RETURN_IF_ERROR(unless_before(Give(stage, 3, 4, 2, "Which telescope?")));
  PERIGEE_RETURN_IF_ERROR(unless_before(Give(stage, 8, 5, 5, "")));
  for (const auto& [summary, state] : std::vector<std::pair<std::string, v1::LeakCase::State>>{
           {"A picture in a chat", v1::LeakCase::STATE_REPORTED},
           {"Two sentences on a forum", v1::LeakCase::STATE_TRIAGE},
           {"The whole text in a mail", v1::LeakCase::STATE_CONFIRMED},
           {"A rumour about a telescope", v1::LeakCase::STATE_UNFOUNDED}}) {
    PERIGEE_RETURN_IF_ERROR(unless_before(Report(stage, summary, state)));
  }
  return absl::OkStatus();
}

}  // namespace perigee::cli
