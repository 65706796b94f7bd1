#include "server/domain/champion/title.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto CandidateCriterion::Fields() {
  return std::tuple(Plain(1, "id", &CandidateCriterion::id),
                    Plain(2, "display_name", &CandidateCriterion::display_name),
                    Plain(3, "measure", &CandidateCriterion::measure),
                    Plain(4, "window_days", &CandidateCriterion::window_days),
                    Plain(5, "activity_types", &CandidateCriterion::activity_types),
                    Plain(6, "asset", &CandidateCriterion::asset),
                    Plain(7, "at_least", &CandidateCriterion::at_least));
}

auto Title::Fields() {
  return std::tuple(
      Key(1, "id", &Title::id), Personal(2, "display_name", &Title::display_name),
      Plain(3, "term_months", &Title::term_months), Plain(4, "seats", &Title::seats),
      Plain(5, "nominators", &Title::nominators), Plain(6, "reviews", &Title::reviews),
      Personal(7, "questions", &Title::questions), Plain(8, "renewal_days", &Title::renewal_days),
      Plain(9, "rights", &Title::rights), Plain(10, "retired", &Title::retired),
      Plain(11, "create_time", &Title::create_time), Plain(12, "criteria", &Title::criteria));
}
template <>
const RecordType& TypeOf<Title>() {
  static const RecordTypeFor<Title> kType;
  return kType;
}
namespace {

// A month has at most so many days: the window of renewal may begin with the term.
constexpr int kDaysOfMonth = 31;

absl::Status CheckRange(std::string_view field, int value, int least, int most) {
  return value >= least && value <= most
             ? absl::OkStatus()
             : InvalidField(field, absl::StrCat("must be ", least, " to ", most));
}

template <class T>
bool SortUnique(std::vector<T>& values) {
  std::ranges::sort(values);
  return std::ranges::adjacent_find(values) == values.end();
}

}  // namespace

absl::Status NormalizeTitle(Title& title) {
  PERIGEE_RETURN_IF_ERROR(CheckId("title_id", title.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("title.display_name", title.display_name, 1, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckRange("title.term_months", title.term_months, 1, kTermMonthsMax));
  PERIGEE_RETURN_IF_ERROR(CheckRange("title.seats", title.seats, 0, kSeatsMax));
  if (!SortUnique(title.nominators) || title.nominators.empty()) {
    return InvalidField("title.nominators", "must name somebody, each once");
  }
  PERIGEE_RETURN_IF_ERROR(CheckRange("title.reviews", title.reviews, 0, kReviewsMax));
  if (title.questions.size() > kQuestionsMax) {
    return InvalidField("title.questions", absl::StrCat("must be at most ", kQuestionsMax));
  }
  for (const std::string& question : title.questions) {
    PERIGEE_RETURN_IF_ERROR(CheckText("title.questions", question, 1, kQuestionBytesMax));
  }
  PERIGEE_RETURN_IF_ERROR(
      CheckRange("title.renewal_days", title.renewal_days, 0, title.term_months * kDaysOfMonth));
  if (!SortUnique(title.rights) || title.rights.size() > kRightsMax) {
    return InvalidField("title.rights",
                        absl::StrCat("must be at most ", kRightsMax, ", each once"));
  }
  for (const std::string& right : title.rights) {
    PERIGEE_RETURN_IF_ERROR(CheckId("title.rights", right));
  }
  return NormalizeCriteria("title.criteria", title.criteria);
}

absl::Status CheckAnswers(const Title& title, const std::vector<std::string>& answers) {
  if (answers.size() != title.questions.size()) {
    return InvalidField("answers", absl::StrCat("must be ", title.questions.size(),
                                                ", one to each question of the title"));
  }
  for (const std::string& answer : answers) {
    PERIGEE_RETURN_IF_ERROR(CheckText("answers", answer, 1, kAnswerBytesMax));
  }
  return absl::OkStatus();
}

}  // namespace perigee::domain
