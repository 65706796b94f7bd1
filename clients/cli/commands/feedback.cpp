#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"
#include "perigee/v1/feedback.grpc.pb.h"
#include "server/core/error.h"

namespace perigee::cli {
namespace {

using Own = v1::FeedbackService::Stub;
using Admin = v1::FeedbackAdminService::Stub;

constexpr char kOverall[] = "overall";

std::string RatingsOf(const v1::Feedback& feedback) {
  std::string all;
  for (const v1::Feedback::Rating& rating : feedback.ratings()) {
    all += (all.empty() ? "" : ", ") +
           (rating.question().empty() ? std::string(kOverall) : rating.question()) + "=" +
           std::to_string(rating.rating());
  }
  return all;
}

Rows<v1::Feedback> FeedbackRows() {
  return {{"FEEDBACK", "ITEM", ">VERSION", "MEMBER", "RATINGS", "CHANGED", "WORDS"},
          [](const v1::Feedback& one) -> Row {
            return {IdOf(one.name()),   IdOf(one.item()), std::to_string(one.version()),
                    IdOf(one.member()), RatingsOf(one),   FormatTimestamp(one.update_time()),
                    one.text()};
          }};
}

void ShowForm(Session& session, const v1::FeedbackForm& form) {
  Card card;
  card.Add("item", form.item());
  card.Add("version", std::to_string(form.version()));
  card.Print(session.out());
  Table table({"QUESTION", "TEXT"});
  for (const v1::FeedbackQuestion& question : form.questions()) {
    table.Add({question.id(), question.text()});
  }
  table.Print(session.out());
}

void ShowSummary(Session& session, const v1::FeedbackSummary& summary) {
  Card card;
  card.Add("item", summary.item());
  card.Add("readers", std::to_string(summary.readers()));
  card.Add("feedback", std::to_string(summary.feedback()) + " of " +
                           std::to_string(summary.persons()) + " persons, " +
                           std::to_string(summary.texts()) + " in words");
  card.Print(session.out());
  Table table({"QUESTION", ">1", ">2", ">3", ">4", ">5", "TEXT"});
  for (const v1::FeedbackSummary::Question& question : summary.questions()) {
    Row row = {question.id().empty() ? kOverall : question.id()};
    for (const std::int64_t count : question.counts()) {
      row.push_back(std::to_string(count));
    }
    row.push_back(question.text());
    table.Add(row);
  }
  table.Print(session.out());
}

// `QUESTION=RATING`, with `overall` for the item as a whole.
absl::Status AddRating(Session& /*session*/, const std::string& typed,
                       google::protobuf::Message& request) {
  const std::size_t at = typed.find('=');
  int number = 0;
  if (at == std::string::npos || !absl::SimpleAtoi(typed.substr(at + 1), &number)) {
    return InvalidField("", "must be QUESTION=RATING, such as speed=4");
  }
  v1::Feedback::Rating& rating =
      *static_cast<v1::GiveFeedbackRequest&>(request).mutable_feedback()->add_ratings();
  const std::string question = typed.substr(0, at);
  rating.set_question(question == kOverall ? "" : question);
  rating.set_rating(number);
  return absl::OkStatus();
}

// `ID=TEXT`.
absl::Status AddQuestion(Session& /*session*/, const std::string& typed,
                         google::protobuf::Message& request) {
  const std::size_t at = typed.find('=');
  if (at == std::string::npos) {
    return InvalidField("", "must be ID=TEXT, such as speed='Is it fast enough?'");
  }
  v1::FeedbackQuestion& question =
      *static_cast<v1::SetFeedbackQuestionsRequest&>(request).add_questions();
  question.set_id(typed.substr(0, at));
  question.set_text(typed.substr(at + 1));
  return absl::OkStatus();
}

void BindItem(Form& form, const std::string& path) {
  form.Add("ITEM", path, "The insider item", {.read = IdIn("items")})->required();
}

void BindVersion(Form& form) {
  form.Add("--version", "version", "Of this version alone; of all if left out");
}

}  // namespace

void AddFeedback(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "feedback", "What readers think of insider items");
  AddCall<v1::GetFeedbackFormRequest>(
      noun, chosen,
      {"form", "Show what readers of an item are asked",
       "  perigee feedback form first-light --by m-001 -p demo"},
      [](Form& form) {
        BindItem(form, "name");
        form.Add("--by", "member", "Who asks", {.read = IdIn("members")})->required();
      },
      Send(Door::kPublic, &Own::GetFeedbackForm, ShowForm));
  AddCall<v1::GiveFeedbackRequest>(
      noun, chosen,
      {"give", "Give feedback on an item, or change it",
       "  perigee feedback give m-001 first-light --rate overall=4 --text 'Bright' -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Whose");
        BindItem(form, "feedback.item");
        form.Add("--version", "feedback.version", "On which version; the newest if left out");
        form.AddFilling("--rate", {"feedback.ratings"},
                        "QUESTION=RATING with 1 to 5, and `overall` for the item as a whole; may "
                        "be repeated",
                        AddRating);
        form.Add("--text", "feedback.text", "In words");
      },
      Send(Door::kPublic, &Own::GiveFeedback, FeedbackRows()));
  AddCall<v1::ListOwnFeedbackRequest>(
      noun, chosen, {"own", "List a member's own feedback", "  perigee feedback own m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnFeedback, FeedbackRows()));
  AddCall<v1::SetFeedbackQuestionsRequest>(
      noun, chosen,
      {"questions", "Set what readers of an item are asked",
       "  perigee feedback questions first-light --ask 'speed=Is it fast enough?' -p demo"},
      [](Form& form) {
        BindItem(form, "name");
        form.AddFilling("--ask", {"questions"}, "ID=TEXT; may be repeated; none if left out",
                        AddQuestion);
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::SetFeedbackQuestions, ShowForm));
  AddCall<v1::ListFeedbackRequest>(
      noun, chosen,
      {"list", "List the feedback on an item, as staff see it",
       "  perigee feedback list first-light -p demo"},
      [](Form& form) {
        BindItem(form, "parent");
        BindVersion(form);
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListFeedback, FeedbackRows()));
  AddCall<v1::SummarizeFeedbackRequest>(
      noun, chosen,
      {"summary", "Count the ratings of an item", "  perigee feedback summary first-light -p demo"},
      [](Form& form) {
        BindItem(form, "name");
        BindVersion(form);
      },
      Send(Door::kInternal, &Admin::SummarizeFeedback, ShowSummary));
}

}  // namespace perigee::cli
