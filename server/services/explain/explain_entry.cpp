#include "server/services/explain/explain_entry.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "perigee/v1/board.pb.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/time.h"
#include "server/domain/ledger/amount_text.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/board/board_view.h"
#include "server/ports/store.h"
#include "server/services/board/board_convert.h"
#include "server/services/board/board_results.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"

namespace perigee::services {
namespace {

using domain::Explanation;
using domain::ExplanationPart;

// The member's place and the one before it.
constexpr int kNeighbours = 3;

std::vector<ExplanationPart> PartsOf(const v1::ExplainEntryResponse& entry) {
  std::vector<ExplanationPart> parts;
  for (const auto& made : entry.contributions()) {
    ExplanationPart part;
    part.amount = made.score();
    part.text = made.rule().empty()
                    ? "A transfer by hand."
                    : absl::StrCat("The rule ", made.rule().substr(made.rule().rfind('/') + 1),
                                   made.activity().empty() ? "." : ", because of an activity.");
    part.source = made.transfer();
    part.time = *FromTimestamp("effective_time", made.effective_time());
    parts.push_back(std::move(part));
  }
  return parts;
}

// Nobody is named: how far it is, is all that the member needs to know.
void AddNextPlace(const ports::ViewSlice& slice, const std::string& member_id,
                  const domain::Asset& asset, Time now, Explanation& explanation) {
  const auto own =
      std::ranges::find(slice.places, member_id,
                        [](const domain::RankedPlace& ranked) { return ranked.place.member_id; });
  const bool is_over = slice.period.interval.end <= now;
  if (own == slice.places.begin() || own == slice.places.end() || is_over) {
    return;
  }
  const std::int64_t more = std::prev(own)->place.score.score - own->place.score.score + 1;
  domain::ExplanationStep step;
  step.text = absl::StrCat(domain::AmountText(more, asset), " more goes past the next place.");
  step.amount = more;
  step.unit = asset.id;
  if (slice.period.interval.end < kEndOfTime) {
    step.until = slice.period.interval.end;
  }
  explanation.next.push_back(std::move(step));
}

}  // namespace

absl::StatusOr<Explanation> ExplainBoardEntry(const ports::Store& store, ports::BoardView& view,
                                              const std::string& period, const std::string& member,
                                              Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const PeriodRef ref, ParsePeriodRef("name", period));
  v1::ExplainEntryRequest request;
  request.set_parent(period);
  request.set_member(member);
  PERIGEE_ASSIGN_OR_RETURN(const v1::ExplainEntryResponse entry,
                           Explain(store, view, request, now));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Board board, view.Definition(ref.program, ref.board));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset, ReadFrom(store, [&](auto& reader) {
                             return RequireAsset(reader, ref.program, board.asset);
                           }));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member_id,
                           ParseMemberRef("member", entry.entry().member(), ref.program));
  PERIGEE_ASSIGN_OR_RETURN(
      const ports::ViewSlice slice,
      view.Around({.program = ref.program, .board = ref.board, .period = ref.period, .now = now},
                  member_id, kNeighbours));
  Explanation explanation;
  explanation.name = PeriodName(ref.program, ref.board, slice.period.id);
  explanation.member = entry.entry().member();
  explanation.value = entry.entry().score();
  explanation.unit = board.asset;
  explanation.text = absl::StrCat("Rank ", entry.entry().rank(), " with ",
                                  domain::AmountText(entry.entry().score(), asset));
  explanation.since = *FromTimestamp("reach_time", entry.entry().reach_time());
  domain::ShowParts(PartsOf(entry), explanation);
  AddNextPlace(slice, member_id, asset, now, explanation);
  return explanation;
}

}  // namespace perigee::services
