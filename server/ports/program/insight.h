#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "server/core/time.h"
#include "server/domain/member/member_key.h"

namespace perigee::ports {

// What staff count in a programme. Values are those of perigee.v1.InsightFigure, where each is
// described.
enum class InsightFigure : std::uint8_t {
  kChampions = 1,
  kTermsEnding,
  kNominations,
  kThanksGiven,
  kThanksByBrand,
  kOwed,
  kAsks,
  kRedemptions,
  kTiers,
  kTierNotices,
  kIdeas
};
inline constexpr InsightFigure kInsightFigures[] = {
    InsightFigure::kChampions,   InsightFigure::kTermsEnding,   InsightFigure::kNominations,
    InsightFigure::kThanksGiven, InsightFigure::kThanksByBrand, InsightFigure::kOwed,
    InsightFigure::kAsks,        InsightFigure::kRedemptions,   InsightFigure::kTiers,
    InsightFigure::kTierNotices, InsightFigure::kIdeas};

inline constexpr auto kTermsEndingWithin = std::chrono::days(90);

struct InsightQuery {
  InsightFigure figure{};
  Time now{};              // For states that time alone changes.
  Time from{};             // From then on thanks count.
  bool by_member = false;  // One count for each member besides.
};

// Some of the items of a figure: those of one title, state and, if asked for, member. Of members
// who are there only.
struct InsightCount {
  // By member: the head of the person, or nil for all who are hidden. Otherwise nil.
  domain::MemberKey member;
  std::string title;  // Or scheme of tiers. Empty for figures without titles.
  std::string state;  // As refusals show it, or the level. Empty for figures without states.
  std::int64_t items = 0;
};

}  // namespace perigee::ports
