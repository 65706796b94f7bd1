#include "server/domain/champion/candidate.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <set>
#include <string_view>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/orbit/activity_type.h"
#include "server/domain/program/program.h"

namespace perigee::domain {
namespace {

bool TakesTypes(CandidateMeasure measure) {
  return measure == CandidateMeasure::kActiveDays || measure == CandidateMeasure::kActivities;
}

absl::Status CheckWithin(const std::string& field, std::int64_t value, std::int64_t least,
                         std::int64_t most) {
  return least <= value && value <= most
             ? absl::OkStatus()
             : InvalidField(field, absl::StrCat("must be ", least, " to ", most));
}

absl::Status NormalizeTypes(const std::string& field, CandidateCriterion& criterion) {
  std::vector<std::string>& types = criterion.activity_types;
  if (!types.empty() && !TakesTypes(criterion.measure)) {
    return InvalidField(field, "are only for active days and activities");
  }
  std::ranges::sort(types);
  if (types.size() > kCriterionTypesMax || std::ranges::adjacent_find(types) != types.end()) {
    return InvalidField(field, absl::StrCat("must be at most ", kCriterionTypesMax, ", each once"));
  }
  for (const std::string& type : types) {
    PERIGEE_RETURN_IF_ERROR(CheckId(field, type));
  }
  return absl::OkStatus();
}

absl::Status Normalize(const std::string& field, CandidateCriterion& criterion) {
  PERIGEE_RETURN_IF_ERROR(CheckId(field + ".id", criterion.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText(field + ".display_name", criterion.display_name, 1, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(
      CheckWithin(field + ".window_days", criterion.window_days, 1, kCriterionDaysMax));
  PERIGEE_RETURN_IF_ERROR(NormalizeTypes(field + ".activity_types", criterion));
  const bool has_asset = !criterion.asset.empty();
  if (has_asset != (criterion.measure == CandidateMeasure::kEarned)) {
    return InvalidField(field + ".asset", has_asset ? "is only for what is earned"
                                                    : "must name the asset that is earned");
  }
  return CheckWithin(field + ".at_least", criterion.at_least, 1, kCriterionAtLeastMax);
}

bool Counts(const CandidateCriterion& criterion, const Act& act) {
  return criterion.activity_types.empty()
             ? GreatestWeight(act.type, kEndOfTime) > 0
             : act.type != nullptr &&
                   std::ranges::binary_search(criterion.activity_types, act.type->id);
}

std::int64_t Cut(absl::int128 number) {
  using Limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::int64_t>(
      std::clamp(number, absl::int128(Limits::min()), absl::int128(Limits::max())));
}

void KeepFirstOfEachDay(std::vector<CandidateInput>& inputs) {
  std::ranges::stable_sort(inputs, {}, &CandidateInput::day);
  const auto same_day = [](const auto& a, const auto& b) { return a.day == b.day; };
  inputs.erase(std::unique(inputs.begin(), inputs.end(), same_day), inputs.end());
}

std::string Counted(std::string_view number, bool is_one, std::string_view one,
                    std::string_view many) {
  return std::string(number).append(" ").append(is_one ? one : many);
}

std::string AmountText(const CandidateCriterion& criterion, std::int64_t amount,
                       const DecimalsByAsset& decimals) {
  const auto found = decimals.find(criterion.asset);
  return FormatAmount(amount, found == decimals.end() ? 0 : found->second);
}

std::string TypesText(const CandidateCriterion& criterion) {
  return criterion.activity_types.empty()
             ? std::string()
             : absl::StrCat(" (", absl::StrJoin(criterion.activity_types, ", "), ")");
}

std::string WindowText(int days) {
  return days == 1 ? "today" : absl::StrCat("in the last ", days, " days");
}

// `a, b and c`.
std::string Listed(const std::vector<std::string>& texts) {
  std::string all = texts.front();
  for (std::size_t i = 1; i < texts.size(); ++i) {
    all += (i + 1 == texts.size() ? " and " : ", ") + texts[i];
  }
  return all;
}

}  // namespace

absl::Status NormalizeCriteria(const std::string& field,
                               std::vector<CandidateCriterion>& criteria) {
  if (criteria.size() > kCriteriaMax) {
    return InvalidField(field, absl::StrCat("must be at most ", kCriteriaMax));
  }
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    const std::string at = absl::StrCat(field, "[", i, "]");
    PERIGEE_RETURN_IF_ERROR(Normalize(at, criteria[i]));
    if (!ids.insert(criteria[i].id).second) {
      return InvalidField(at + ".id", "must be another one than those before");
    }
  }
  return absl::OkStatus();
}

bool CountsDeeds(CandidateMeasure measure) {
  return TakesTypes(measure) || measure == CandidateMeasure::kMet;
}

DayWindow WindowOf(const CandidateCriterion& criterion, absl::CivilDay last) {
  return {last - (criterion.window_days - 1), last};
}

std::vector<CandidateInput> InputsOf(const CandidateCriterion& criterion, std::span<const Act> acts,
                                     std::span<const Connection> met, DayWindow days) {
  std::vector<CandidateInput> inputs;
  if (criterion.measure == CandidateMeasure::kMet) {
    for (const Connection& meeting : met) {
      if (days.Has(meeting.last_day)) {
        inputs.push_back({.day = meeting.last_day, .other = meeting.other});
      }
    }
    return inputs;
  }
  for (const Act& act : acts) {
    if (days.Has(act.day) && Counts(criterion, act)) {
      inputs.push_back({.day = act.day, .revision = act.activity});
    }
  }
  if (criterion.measure == CandidateMeasure::kActiveDays) {
    KeepFirstOfEachDay(inputs);
  }
  return inputs;
}

std::int64_t FigureOf(const CandidateCriterion& criterion, std::span<const CandidateInput> inputs,
                      absl::CivilDay last) {
  const DayWindow window = WindowOf(criterion, last);
  absl::int128 sum = 0;
  std::set<MemberKey> met;
  for (const CandidateInput& input : inputs) {
    if (!window.Has(input.day)) {
      continue;
    }
    if (criterion.measure != CandidateMeasure::kMet || met.insert(input.other).second) {
      sum += input.amount;
    }
  }
  return Cut(sum);
}

std::vector<std::int64_t> FiguresOf(const CandidateCriterion& criterion,
                                    std::vector<CandidateInput> inputs, DayWindow days) {
  std::ranges::sort(inputs, {},
                    [](const auto& input) { return std::tuple(input.other, input.day); });
  // How much more each figure is than the one before.
  std::vector<absl::int128> steps(static_cast<std::size_t>(days.last - days.first + 2));
  const auto step_on = [&](absl::CivilDay day) -> absl::int128& {
    return steps[static_cast<std::size_t>(std::clamp(day, days.first, days.last + 1) - days.first)];
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    absl::CivilDay end = inputs[i].day + criterion.window_days;
    // From the next meeting of the same person on that one counts.
    if (criterion.measure == CandidateMeasure::kMet && i + 1 < inputs.size() &&
        inputs[i + 1].other == inputs[i].other) {
      end = std::min(end, inputs[i + 1].day);
    }
    step_on(inputs[i].day) += inputs[i].amount;
    step_on(end) -= inputs[i].amount;
  }
  std::vector<std::int64_t> figures;
  absl::int128 figure = 0;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    figure += steps[i];
    figures.push_back(Cut(figure));
  }
  return figures;
}

std::int64_t Difference(std::int64_t a, std::int64_t b) { return Cut(absl::int128(a) - b); }

std::int64_t CandidatePart(const CandidateCriterion& criterion, std::int64_t figure) {
  if (figure <= 0) {
    return 0;
  }
  return static_cast<std::int64_t>(
      std::min(absl::int128(figure) * 100 / criterion.at_least, absl::int128(kCandidatePartMax)));
}

std::int64_t CandidateValue(std::span<const CandidateCriterion> criteria,
                            std::span<const std::int64_t> figures) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    value += CandidatePart(criteria[i], figures[i]);
  }
  return value;
}

bool MeetsAll(std::span<const CandidateCriterion> criteria, std::span<const std::int64_t> figures) {
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    if (figures[i] < criteria[i].at_least) {
      return false;
    }
  }
  return true;
}

std::string FigureText(const CandidateCriterion& criterion, std::int64_t figure,
                       const DecimalsByAsset& decimals) {
  const std::string number = std::to_string(figure);
  switch (criterion.measure) {
    case CandidateMeasure::kActiveDays:
      return Counted(number, figure == 1, "active day", "active days") + TypesText(criterion);
    case CandidateMeasure::kActivities:
      return Counted(number, figure == 1, "activity", "activities") + TypesText(criterion);
    case CandidateMeasure::kEarned:
      return absl::StrCat(AmountText(criterion, figure, decimals), " ", criterion.asset, " earned");
    case CandidateMeasure::kMet:
      return Counted(number, figure == 1, "member met", "members met");
    case CandidateMeasure::kReach:
      break;
  }
  return "a claimed reach of " + number;
}

std::string MissingText(const CandidateCriterion& criterion, std::int64_t missing,
                        const DecimalsByAsset& decimals) {
  const std::string number = std::to_string(missing);
  std::string text;
  switch (criterion.measure) {
    case CandidateMeasure::kActiveDays:
      text = Counted(number, missing == 1, "more active day", "more active days") +
             TypesText(criterion);
      break;
    case CandidateMeasure::kActivities:
      text =
          Counted(number, missing == 1, "more activity", "more activities") + TypesText(criterion);
      break;
    case CandidateMeasure::kEarned:
      text = absl::StrCat(AmountText(criterion, missing, decimals), " more ", criterion.asset,
                          " earned");
      break;
    case CandidateMeasure::kMet:
      text = Counted(number, missing == 1, "more member met", "more members met");
      break;
    case CandidateMeasure::kReach:
      text = number + " more of claimed reach";
      break;
  }
  return absl::StrCat(text, " ", WindowText(criterion.window_days));
}

std::string CandidateReason(std::span<const CandidateCriterion> criteria,
                            std::span<const std::int64_t> figures,
                            const DecimalsByAsset& decimals) {
  std::vector<int> windows;
  for (const CandidateCriterion& criterion : criteria) {
    if (std::ranges::find(windows, criterion.window_days) == windows.end()) {
      windows.push_back(criterion.window_days);
    }
  }
  std::string reason;
  for (const int window : windows) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < criteria.size(); ++i) {
      if (criteria[i].window_days == window) {
        texts.push_back(FigureText(criteria[i], figures[i], decimals));
      }
    }
    absl::StrAppend(&reason, reason.empty() ? "" : "; ", Listed(texts), " ", WindowText(window));
  }
  if (!reason.empty()) {
    reason.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(reason.front())));
    reason += ".";
  }
  return reason;
}

}  // namespace perigee::domain
