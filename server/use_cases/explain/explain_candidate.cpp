#include "server/use_cases/explain/explain_candidate.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/champion/candidate.h"
#include "server/use_cases/champion/candidates.h"

namespace perigee::use_cases {
namespace {

using domain::CandidateCriterion;
using domain::CandidateMeasure;
using domain::Explanation;

constexpr int kDaysLookedBack = 366;

std::string_view UnitOf(const CandidateCriterion& criterion) {
  switch (criterion.measure) {
    case CandidateMeasure::kActiveDays:
      return "days";
    case CandidateMeasure::kActivities:
      return "activities";
    case CandidateMeasure::kEarned:
      return criterion.asset;
    case CandidateMeasure::kMet:
      return "members";
    case CandidateMeasure::kReach:
      break;
  }
  return "reach";
}

// Whether all is known that counts for a criterion on a day up to today.
bool Knows(const CandidateView& view, std::size_t i, absl::CivilDay day) {
  return view.counted[i].complete_from <= domain::WindowOf(view.title.criteria[i], day).first;
}

bool Meets(const CandidateView& view, std::size_t i, absl::CivilDay day) {
  return domain::FigureOf(view.title.criteria[i], view.counted[i].inputs, day) >=
         view.title.criteria[i].at_least;
}

// Whether all criteria are met on a day up to today. nullopt if too little is known of it.
std::optional<bool> AllMet(const CandidateView& view, absl::CivilDay day) {
  for (std::size_t i = 0; i < view.counted.size(); ++i) {
    if (!Knows(view, i, day)) {
      return std::nullopt;
    }
    if (!Meets(view, i, day)) {
      return false;
    }
  }
  return true;
}

// The first day since which all criteria are met.
std::optional<absl::CivilDay> MetSince(const CandidateView& view) {
  for (int back = 1; back <= kDaysLookedBack; ++back) {
    const std::optional<bool> met = AllMet(view, view.today - back);
    if (!met.has_value()) {
      return std::nullopt;
    }
    if (!*met) {
      return view.today - (back - 1);
    }
  }
  return std::nullopt;
}

// The first day on which a criterion that is met today is not met any more if nothing more is done.
absl::CivilDay MetUntil(const CandidateView& view, std::size_t i) {
  absl::CivilDay day = view.today + 1;
  // Once the window has passed today, nothing is left in it.
  while (Meets(view, i, day)) {
    ++day;
  }
  return day;
}

void AddSteps(const CandidateView& view, Explanation& explanation) {
  std::optional<std::size_t> first;
  absl::CivilDay until;
  for (std::size_t i = 0; i < view.counted.size(); ++i) {
    const CandidateCriterion& criterion = view.title.criteria[i];
    const std::int64_t missing = criterion.at_least - view.counted[i].figure;
    if (missing > 0) {
      explanation.next.push_back(
          {absl::StrCat("Needed: ", domain::MissingText(criterion, missing, view.decimals), "."),
           missing, std::string(UnitOf(criterion)), std::nullopt});
    } else if (Knows(view, i, view.today)) {
      if (const absl::CivilDay day = MetUntil(view, i); !first.has_value() || day < until) {
        first = i;
        until = day;
      }
    }
  }
  if (!first.has_value()) {
    return;
  }
  const CandidateCriterion& criterion = view.title.criteria[*first];
  const std::int64_t left = domain::FigureOf(criterion, view.counted[*first].inputs, until);
  explanation.next.push_back({absl::StrCat("Without more, ", criterion.display_name, " falls on ",
                                           absl::FormatCivilTime(until), " to ",
                                           domain::FigureText(criterion, left, view.decimals), "."),
                              left - view.counted[*first].figure, std::string(UnitOf(criterion)),
                              view.zone.StartOf(until)});
}

}  // namespace

absl::StatusOr<Explanation> ExplainCandidate(ports::StoreReader& reader, const std::string& program,
                                             const std::string& title, const std::string& member_id,
                                             Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const CandidateView view,
                           ViewCandidate(reader, program, title, member_id, now, kDaysLookedBack));
  const std::vector<CandidateCriterion>& criteria = view.title.criteria;
  const std::vector<std::int64_t> figures = view.Figures();
  Explanation explanation;
  explanation.name = FormatName(kCandidatePattern, {program, title, view.member.id});
  explanation.member = MemberName(program, view.member.id);
  explanation.value = domain::CandidateValue(criteria, figures);
  explanation.unit = "value";
  std::size_t met = 0;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    met += figures[i] >= criteria[i].at_least ? 1U : 0U;
    explanation.parts.push_back(
        {domain::CandidatePart(criteria[i], figures[i]),
         absl::StrCat(criteria[i].display_name, ": ",
                      domain::FigureText(criteria[i], figures[i], view.decimals), "; needed: ",
                      domain::FigureText(criteria[i], criteria[i].at_least, view.decimals), "."),
         "", std::nullopt});
  }
  explanation.text = met == criteria.size()
                         ? absl::StrCat("A candidate for ", view.title.display_name)
                         : absl::StrCat("Meets ", met, " of ", criteria.size(), " criteria of ",
                                        view.title.display_name);
  if (met == criteria.size()) {
    if (const std::optional<absl::CivilDay> since = MetSince(view); since.has_value()) {
      explanation.since = view.zone.StartOf(*since);
    }
  }
  AddSteps(view, explanation);
  return explanation;
}

}  // namespace perigee::use_cases
