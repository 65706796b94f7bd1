#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/champion/candidate.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Who proposes a member. Values are those of perigee.v1.Nominator.
enum class Nominator : std::uint8_t { kStaff = 1, kPeer, kSelf };

// A title that a programme gives to champions for a term, such as MVP.
struct Title {
  std::string id;
  std::string display_name;
  int term_months = 12;                // Calendar months in the programme's zone.
  int seats = 0;                       // How many may have it at one time. 0: any number.
  std::vector<Nominator> nominators;   // Ascending, no doubles.
  int reviews = 1;                     // How many verdicts a decision needs.
  std::vector<std::string> questions;  // That every nominator answers.
  int renewal_days = 0;                // How long before the end it may be renewed. 0: never.
  std::vector<std::string> rights;     // Ids of what it gives. Ascending, no doubles.
  bool retired = false;                // Nobody is nominated or appointed any more.
  Time create_time{};
  std::vector<CandidateCriterion> criteria;  // What makes a candidate. Empty: nobody is one.
  Revision revision = 0;

  static constexpr int kNumber = 16;
  static constexpr std::string_view kTable = "title";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Title>();

inline constexpr int kTermMonthsMax = 120;
inline constexpr int kSeatsMax = 1'000'000;
inline constexpr int kReviewsMax = 20;
inline constexpr std::size_t kQuestionsMax = 10;
inline constexpr std::size_t kQuestionBytesMax = 500;
inline constexpr std::size_t kAnswerBytesMax = 2000;
inline constexpr std::size_t kRightsMax = 32;

// kInvalidField for a field outside the limits of champion.proto. Sorts nominators, rights and the
// activity types of criteria first.
absl::Status NormalizeTitle(Title& title);

// kInvalidField, naming `answers`, unless there is one answer within the limits to each question.
absl::Status CheckAnswers(const Title& title, const std::vector<std::string>& answers);

}  // namespace perigee::domain
