#include "server/domain/idea/feedback.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto FeedbackRating::Fields() {
  return std::tuple(Plain(1, "question", &FeedbackRating::question),
                    Plain(2, "rating", &FeedbackRating::rating));
}

auto Feedback::Fields() {
  return std::tuple(Key(1, "id", &Feedback::id), Owner(2, "member_key", &Feedback::member),
                    Plain(3, "item", &Feedback::item), Plain(4, "version", &Feedback::version),
                    Personal(5, "ratings", &Feedback::ratings),
                    Personal(6, "text", &Feedback::text),
                    Plain(7, "create_time", &Feedback::create_time),
                    Plain(8, "update_time", &Feedback::update_time));
}
template <>
const RecordType& TypeOf<Feedback>() {
  static const RecordTypeFor<Feedback> kType;
  return kType;
}
namespace {

std::string PathOf(std::string_view list, std::size_t index, std::string_view field) {
  return absl::StrCat(std::string(list), "[", index, "].", std::string(field));
}

}  // namespace

absl::Status CheckQuestions(std::span<const ItemQuestion> questions) {
  if (questions.size() > kItemQuestionsMax) {
    return InvalidField("questions", absl::StrCat("must be at most ", kItemQuestionsMax));
  }
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(CheckId(PathOf("questions", i, "id"), questions[i].id));
    if (!ids.insert(questions[i].id).second) {
      return InvalidField(PathOf("questions", i, "id"), "is the id of another question too");
    }
    PERIGEE_RETURN_IF_ERROR(
        CheckText(PathOf("questions", i, "text"), questions[i].text, 1, kQuestionTextBytesMax));
  }
  return absl::OkStatus();
}

absl::Status CheckFeedback(const Feedback& feedback, std::span<const ItemQuestion> questions) {
  constexpr std::string_view kList = "feedback.ratings";
  std::set<std::string_view> answered;
  for (std::size_t i = 0; i < feedback.ratings.size(); ++i) {
    const FeedbackRating& one = feedback.ratings[i];
    if (!one.question.empty() &&
        std::ranges::find(questions, one.question, &ItemQuestion::id) == questions.end()) {
      return InvalidField(PathOf(kList, i, "question"), "is no question of this item");
    }
    if (!answered.insert(one.question).second) {
      return InvalidField(PathOf(kList, i, "question"), "is answered before");
    }
    if (one.rating < 1 || one.rating > kRatingMax) {
      return InvalidField(PathOf(kList, i, "rating"), absl::StrCat("must be 1 to ", kRatingMax));
    }
  }
  return CheckLines("feedback.text", feedback.text, feedback.ratings.empty() ? 1 : 0,
                    kFeedbackTextBytesMax);
}

std::map<std::string, RatingCounts> CountRatings(std::span<const Feedback> feedback) {
  std::map<std::string, RatingCounts> counts;
  for (const Feedback& one : feedback) {
    for (const FeedbackRating& rating : one.ratings) {
      ++counts[rating.question].at(static_cast<std::size_t>(rating.rating) - 1);
    }
  }
  return counts;
}

}  // namespace perigee::domain
