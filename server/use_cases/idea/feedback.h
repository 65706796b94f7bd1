#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/idea/feedback.h"
#include "server/domain/insider/item.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

class PersonalGate;

using DecidedFeedback = absl::StatusOr<Decided<domain::Feedback>>;

struct FeedbackDraft {
  std::string member;        // An id.
  std::string item;          // An id.
  std::int32_t version = 0;  // 0: the newest.
  std::vector<domain::FeedbackRating> ratings;
  std::string text;
};
// Gives a person's feedback on a version of an item, or replaces it. kNotFound for programme and
// member (field `parent`), and for an item that is hidden from the member; kInvalidField for the
// version, the ratings and the text.
DecidedFeedback GiveFeedback(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const std::string& program, const FeedbackDraft& draft);

// Replaces what readers of the item are asked. Feedback that was given stays. `questions` are as
// domain::CheckQuestions wants them. kNotFound, kEtagMismatch.
absl::StatusOr<Decided<domain::InsiderItem>> SetFeedbackQuestions(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const std::string& item, std::vector<domain::ItemQuestion> questions, const std::string& etag);

// The person's own feedback by id, that on hidden items left out.
absl::StatusOr<std::vector<domain::Feedback>> OwnFeedback(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          PersonalGate& gate);

// What an item's readers say in sum, about one version or all.
struct FeedbackSummary {
  std::vector<domain::ItemQuestion> questions;          // The present ones.
  std::map<std::string, domain::RatingCounts> ratings;  // By question. Empty: the item as a whole.
  std::int64_t feedback = 0;                            // By whoever is there, for each version.
  std::int64_t persons = 0;                             // Who gave it.
  std::int64_t texts = 0;                               // Those of it that say something in words.
  std::int64_t readers = 0;                             // Persons who are there and read the body.
};
// Reads all feedback on the item, and its readers. `version`: 0 for all. kNotFound.
absl::StatusOr<FeedbackSummary> SummarizeFeedback(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& item, std::int32_t version);

}  // namespace perigee::use_cases
