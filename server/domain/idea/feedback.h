#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/insider/item.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

inline constexpr int kRatingMax = 5;

// An answer to one question: 1 (worst) to kRatingMax.
struct FeedbackRating {
  std::string question;  // The id of an ItemQuestion. Empty: the item as a whole.
  std::int32_t rating = 0;
  bool operator==(const FeedbackRating&) const = default;
  static auto Fields();
};

// What a person thinks of one version of an insider item. A person has one for each version.
struct Feedback {
  Revision id = 0;  // At which it was first given.
  MemberKey member;
  std::string item;
  std::int32_t version = 0;
  std::vector<FeedbackRating> ratings;
  std::string text;  // May be empty.
  Time create_time{};
  Time update_time{};
  Revision revision = 0;

  static constexpr int kNumber = 47;
  static constexpr std::string_view kTable = "feedback";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Feedback>();

inline constexpr std::size_t kFeedbackTextBytesMax = 4000;
inline constexpr std::size_t kItemQuestionsMax = 20;
inline constexpr std::size_t kQuestionTextBytesMax = 200;

// kInvalidField (`questions…`) for more than kItemQuestionsMax, an id that is none or another
// one's, or a text of no or too many bytes.
absl::Status CheckQuestions(std::span<const ItemQuestion> questions);

// kInvalidField (`feedback.ratings…`, `feedback.text`) for ratings of no such question, of one
// twice or outside 1 to kRatingMax, a text that is too long, and feedback that says nothing.
absl::Status CheckFeedback(const Feedback& feedback, std::span<const ItemQuestion> questions);

// How often each rating was given to a question: that of 1 first.
using RatingCounts = std::array<std::int64_t, kRatingMax>;
// All feedback of an item, by question. A question that staff have removed since keeps its counts.
std::map<std::string, RatingCounts> CountRatings(std::span<const Feedback> feedback);

}  // namespace perigee::domain
