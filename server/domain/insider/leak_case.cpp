#include "server/domain/insider/leak_case.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto LeakCase::Fields() {
  return std::tuple(
      Key(1, "id", &LeakCase::id), Owner(2, "member_key", &LeakCase::suspect),
      Plain(3, "item", &LeakCase::item), Plain(4, "state", &LeakCase::state),
      Personal(5, "summary", &LeakCase::summary),
      Personal(6, "suspect_reason", &LeakCase::suspect_reason),
      Personal(7, "reason", &LeakCase::reason), Plain(8, "reported_by", &LeakCase::reported_by),
      Plain(9, "named_by", &LeakCase::named_by), Plain(10, "judged_by", &LeakCase::judged_by),
      Plain(11, "create_time", &LeakCase::create_time),
      Plain(12, "decide_time", &LeakCase::decide_time));
}
template <>
const RecordType& TypeOf<LeakCase>() {
  static const RecordTypeFor<LeakCase> kType;
  return kType;
}
namespace {

using State = LeakCaseState;
using Move = LeakCaseMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kReported, Move::kStartTriage, State::kTriage},
    {State::kTriage, Move::kNameSuspect, State::kTriage},
    {State::kTriage, Move::kConfirm, State::kConfirmed},
    {State::kTriage, Move::kDismiss, State::kUnfounded},
});

absl::Status CheckReason(std::string_view reason, bool is_needed) {
  return CheckLines("reason", reason, is_needed ? 1 : 0, kLeakReasonBytesMax);
}

absl::Status Make(Move move, LeakCase& leak) {
  PERIGEE_ASSIGN_OR_RETURN(
      leak.state, After(LeakCaseMoves(), leak.state, move, absl::StrCat("leak case ", leak.id)));
  return absl::OkStatus();
}

void ForgetSuspect(LeakCase& leak) {
  leak.suspect = {};
  leak.suspect_reason.clear();
  leak.named_by = {};
}

}  // namespace

std::string_view NameOf(LeakCaseState state) {
  constexpr std::array<std::string_view, 4> kNames = {"reported", "triage", "confirmed",
                                                      "unfounded"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(LeakCaseMove move) {
  constexpr std::array<std::string_view, 4> kNames = {"start_triage", "name_suspect", "confirm",
                                                      "dismiss"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

absl::Status CheckLeakSummary(std::string_view summary) {
  return CheckLines("summary", summary, 1, kLeakSummaryBytesMax);
}

std::span<const Step<LeakCaseState, LeakCaseMove>> LeakCaseMoves() { return kMoves; }

absl::Status StartTriage(std::string reason, LeakCase& leak) {
  PERIGEE_RETURN_IF_ERROR(CheckReason(reason, false));
  PERIGEE_RETURN_IF_ERROR(Make(Move::kStartTriage, leak));
  leak.reason = std::move(reason);
  return absl::OkStatus();
}

absl::Status NameSuspect(const MemberKey& suspect, std::string reason, const MemberKey& by,
                         LeakCase& leak) {
  PERIGEE_RETURN_IF_ERROR(CheckReason(reason, !suspect.IsNil()));
  PERIGEE_RETURN_IF_ERROR(Make(Move::kNameSuspect, leak));
  ForgetSuspect(leak);
  if (!suspect.IsNil()) {
    leak.suspect = suspect;
    leak.suspect_reason = std::move(reason);
    leak.named_by = by;
  }
  return absl::OkStatus();
}

absl::Status Decide(bool confirm, std::string reason, const MemberKey& by, Time now,
                    LeakCase& leak) {
  PERIGEE_RETURN_IF_ERROR(CheckReason(reason, true));
  PERIGEE_RETURN_IF_ERROR(Make(confirm ? Move::kConfirm : Move::kDismiss, leak));
  leak.reason = std::move(reason);
  leak.judged_by = by;
  leak.decide_time = now;
  if (!confirm) {
    ForgetSuspect(leak);
  }
  return absl::OkStatus();
}

}  // namespace perigee::domain
