#include "server/use_cases/explain/explain_tier.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/amount_text.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/explain/transfer_text.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/tier/tier_outlook.h"

namespace perigee::use_cases {
namespace {

using domain::Explanation;
using domain::ExplanationPart;

const std::string& NameOf(const domain::TierScheme& scheme, int level) {
  return scheme.levels[static_cast<std::size_t>(level)].display_name;
}

// A level that the scheme has no more is shown by its id.
std::string LevelText(const TierOutlook& outlook) {
  if (outlook.standing.level.empty()) {
    return "No level";
  }
  return outlook.held < 0 ? outlook.standing.level : NameOf(outlook.scheme, outlook.held);
}

std::string DayText(const TierOutlook& outlook, Time time) {
  return absl::FormatCivilTime(outlook.zone.DayOf(time));
}

std::vector<ExplanationPart> PartsOf(const std::string& program,
                                     const std::vector<ports::Contribution>& contributions) {
  std::vector<ExplanationPart> parts;
  parts.reserve(contributions.size());
  for (const ports::Contribution& made : contributions) {
    parts.push_back(
        {made.score, TransferText(made.transfer, made.score),
         FormatName(kTransferPattern, {program, domain::FormatTransferId(made.transfer.id)}),
         made.transfer.effective_time});
  }
  return parts;
}

void AddNextLevel(const TierOutlook& outlook, const domain::Asset& asset,
                  Explanation& explanation) {
  const std::string& level = NameOf(outlook.scheme, outlook.next);
  explanation.next.push_back(
      {outlook.missing > 0
           ? absl::StrCat(domain::AmountText(outlook.missing, asset), " more gives ", level, ".")
           : absl::StrCat("Enough is earned for ", level, ", which comes at once."),
       outlook.missing,
       asset.id,
       {}});
}

void AddReview(const TierOutlook& outlook, const domain::Asset& asset, Explanation& explanation) {
  const std::int64_t leaving = outlook.earned - outlook.earned_for_review;
  if (leaving != 0) {
    explanation.next.push_back(
        {absl::StrCat(domain::AmountText(leaving, asset), " leaves the window by the review."),
         -leaving, asset.id, outlook.standing.review_time});
  }
  const std::string& level = NameOf(outlook.scheme, outlook.held);
  const std::int64_t needed = domain::LowWater(outlook.scheme, outlook.held);
  const std::optional<Time> fall = domain::FallTime(outlook.scheme, outlook.standing);
  explanation.next.push_back(
      {absl::StrCat("The review on ", DayText(outlook, outlook.standing.review_time), " asks for ",
                    domain::AmountText(needed, asset), " to keep ", level, ": ",
                    domain::FormatAmount(outlook.earned_for_review, asset.decimals),
                    " count so far."),
       std::max<std::int64_t>(0, needed - outlook.earned_for_review), asset.id,
       fall.value_or(outlook.standing.review_time)});
  if (fall.has_value()) {
    explanation.next.push_back(
        {absl::StrCat("Notice was given on ", DayText(outlook, *outlook.standing.notice_time), ": ",
                      level, " is lost on ", DayText(outlook, *fall),
                      " unless enough is earned by then."),
         0, "", fall});
  }
}

void AddSteps(const TierOutlook& outlook, const domain::Asset& asset, Time now,
              Explanation& explanation) {
  if (outlook.scheme.retired) {
    return;  // Nothing moves any more.
  }
  if (domain::IsLocked(outlook.standing, now)) {
    const std::optional<Time> until = outlook.standing.lock_until;
    explanation.next.push_back(
        {until.has_value() ? absl::StrCat("Staff hold it so until ", DayText(outlook, *until),
                                          "; then it is reviewed.")
                           : "Staff hold it so until they end that.",
         0, "", until});
    return;
  }
  if (outlook.next >= 0) {
    AddNextLevel(outlook, asset, explanation);
  }
  if (outlook.held >= 0) {
    AddReview(outlook, asset, explanation);
  }
}

}  // namespace

absl::StatusOr<Explanation> ExplainTier(ports::StoreReader& reader, const std::string& program,
                                        const std::string& member_id, const std::string& scheme_id,
                                        Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const TierOutlook outlook,
                           OutlookOf(reader, program, member_id, scheme_id, now));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset,
                           RequireAsset(reader, program, outlook.scheme.asset));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<ports::Contribution> contributions,
      reader.boards().Contributions(program, asset.id, outlook.head.key, outlook.window, 0,
                                    static_cast<int>(domain::kExplanationPartsReadMax)));
  Explanation explanation;
  explanation.name =
      FormatName(kTierStandingPattern, {program, outlook.head.id, outlook.scheme.id});
  explanation.value = outlook.earned;
  explanation.unit = asset.id;
  explanation.text =
      absl::StrCat(LevelText(outlook), " with ", domain::AmountText(outlook.earned, asset));
  if (outlook.standing.since != Time{}) {
    explanation.since = outlook.standing.since;
  }
  domain::ShowParts(PartsOf(program, contributions), explanation);
  AddSteps(outlook, asset, now, explanation);
  return explanation;
}

}  // namespace perigee::use_cases
