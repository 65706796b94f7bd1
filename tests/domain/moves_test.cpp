#include "server/core/moves.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "server/core/error.h"
#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

struct Legal {
  std::string_view machine;
  std::string_view from;
  std::string_view move;
  std::string_view to;
};

// Every move that is open, of every machine; all others are refused. Written by hand, to be
// compared with the tables.
constexpr Legal kLegal[] = {
    // A second nomination joins an open one.
    {"nomination", "draft", "submit", "submitted"},
    {"nomination", "draft", "withdraw", "withdrawn"},
    {"nomination", "submitted", "join", "submitted"},
    {"nomination", "submitted", "start_review", "in_review"},
    {"nomination", "submitted", "withdraw", "withdrawn"},
    {"nomination", "in_review", "join", "in_review"},
    {"nomination", "in_review", "review", "in_review"},
    {"nomination", "in_review", "accept", "accepted"},
    {"nomination", "in_review", "decline", "declined"},
    {"nomination", "in_review", "withdraw", "withdrawn"},
    // Renewal makes a new appointment, linked to the old one.
    {"appointment", "scheduled", "revoke", "revoked"},
    {"appointment", "scheduled", "resign", "alumni"},
    {"appointment", "active", "suspend", "suspended"},
    {"appointment", "active", "revoke", "revoked"},
    {"appointment", "active", "resign", "alumni"},
    {"appointment", "renewal_due", "renew", "active"},
    {"appointment", "renewal_due", "suspend", "suspended"},
    {"appointment", "renewal_due", "revoke", "revoked"},
    {"appointment", "renewal_due", "resign", "alumni"},
    {"appointment", "suspended", "reinstate", "active"},
    {"appointment", "suspended", "revoke", "revoked"},
    {"appointment", "lapsed", "renew", "renewed"},
    {"credential", "valid", "revoke", "revoked"},
    {"contribution", "submitted", "start_review", "in_review"},
    {"contribution", "submitted", "accept_by_rule", "accepted"},
    {"contribution", "submitted", "withdraw", "withdrawn"},
    {"contribution", "in_review", "ask_for_changes", "changes_asked"},
    {"contribution", "in_review", "accept", "accepted"},
    {"contribution", "in_review", "reject", "rejected"},
    {"contribution", "in_review", "withdraw", "withdrawn"},
    {"contribution", "changes_asked", "revise", "submitted"},
    {"contribution", "changes_asked", "withdraw", "withdrawn"},
    // A team may cancel before it is sent.
    {"ask", "proposed", "reserve", "reserved"},
    {"ask", "proposed", "cancel", "cancelled"},
    {"ask", "reserved", "send", "sent"},
    {"ask", "reserved", "cancel", "cancelled"},
    {"ask", "sent", "accept", "accepted"},
    {"ask", "sent", "decline", "declined"},
    {"ask", "accepted", "complete", "done"},
    {"ask", "done", "thank", "thanked"},
    {"thanks", "given", "withdraw", "withdrawn"},
    {"promise", "open", "keep", "kept"},
    {"promise", "open", "cancel", "cancelled"},
    {"promise", "overdue", "keep", "kept"},
    {"promise", "overdue", "cancel", "cancelled"},
    // Only what nobody has approved is cancelled.
    {"redemption", "requested", "hold", "held"},
    {"redemption", "held", "approve", "approved"},
    {"redemption", "held", "reject", "rejected"},
    {"redemption", "held", "cancel", "cancelled"},
    {"redemption", "approved", "fulfil", "fulfilled"},
    {"redemption", "approved", "reject", "rejected"},
    {"redemption", "fulfilled", "return", "returned"},
    // What nobody has considered is not planned, and what nobody has planned does not ship.
    {"idea", "new", "consider", "considered"},
    {"idea", "new", "decline", "declined"},
    {"idea", "considered", "plan", "planned"},
    {"idea", "considered", "decline", "declined"},
    {"idea", "planned", "ship", "shipped"},
    {"idea", "planned", "decline", "declined"},
    // Nothing is decided before somebody looked into it.
    {"leak case", "reported", "start_triage", "triage"},
    {"leak case", "triage", "name_suspect", "triage"},
    {"leak case", "triage", "confirm", "confirmed"},
    {"leak case", "triage", "dismiss", "unfounded"},
    // The rule earns and loses; staff grant and revoke.
    {"badge grant", "granted", "lose", "revoked"},
    {"badge grant", "granted", "revoke", "revoked_by_staff"},
    {"badge grant", "granted_by_staff", "revoke", "revoked_by_staff"},
    {"badge grant", "revoked", "earn", "granted"},
    {"badge grant", "revoked", "grant", "granted_by_staff"},
    {"badge grant", "revoked_by_staff", "grant", "granted_by_staff"},
    // Time alone opens and releases an item.
    {"insider item", "draft", "schedule", "scheduled"},
    {"insider item", "draft", "open", "embargoed"},
    {"insider item", "scheduled", "schedule", "scheduled"},
    {"insider item", "scheduled", "unschedule", "draft"},
    {"insider item", "scheduled", "open", "embargoed"},
    {"insider item", "scheduled", "move_release", "scheduled"},
    {"insider item", "embargoed", "move_release", "embargoed"},
    {"insider item", "embargoed", "withdraw", "withdrawn"},
    {"acceptance", "presented", "accept", "accepted"},
    {"acceptance", "accepted", "withdraw", "withdrawn"},
    // Who waits leaves the list. Time and the other claims grant a seat.
    {"seat", "waiting", "give_back", "given_back"},
    {"seat", "waiting", "revoke", "revoked"},
    {"seat", "granted", "give_back", "given_back"},
    {"seat", "granted", "revoke", "revoked"},
};

template <class Value>
std::vector<Value> UpTo(Value last) {
  std::vector<Value> all;
  for (int value = 1; value <= static_cast<int>(last); ++value) {
    all.push_back(static_cast<Value>(value));
  }
  return all;
}

// Makes every move in every state of a machine. `last_state` and `last_move` are the last of their
// enums; `make` (Move, record&) → Status makes a move, and `state_of` (record) → State reads the
// state.
template <class State, class Move>
void Walk(std::string_view machine, std::span<const Step<State, Move>> table, State last_state,
          Move last_move, auto make, auto state_of) {
  std::size_t legal = 0;
  for (const State state : UpTo(last_state)) {
    std::set<std::string> open;
    for (const Legal& one : kLegal) {
      if (one.machine == machine && one.from == NameOf(state)) {
        open.emplace(one.move);
      }
    }
    for (const Move move : UpTo(last_move)) {
      SCOPED_TRACE(std::string(NameOf(state)) + " " + std::string(NameOf(move)));
      auto record = In(state);
      ASSERT_EQ(state_of(record), state);
      const absl::Status made = make(move, record);
      const auto* const expected = std::ranges::find_if(kLegal, [&](const Legal& one) {
        return one.machine == machine && one.from == NameOf(state) && one.move == NameOf(move);
      });
      if (expected != std::end(kLegal)) {
        ++legal;
        EXPECT_THAT(made, IsOk());
        EXPECT_EQ(NameOf(state_of(record)), expected->to);
        continue;
      }
      ASSERT_THAT(made, HasReason(Reason::kIllegalMove));
      EXPECT_EQ(state_of(record), state);
      const ErrorMetadata metadata = MetadataOf(made);
      EXPECT_EQ(metadata.at("state"), NameOf(state));
      EXPECT_EQ(metadata.at("move"), NameOf(move));
      EXPECT_EQ(
          std::set<std::string>(absl::StrSplit(metadata.at("open_moves"), ',', absl::SkipEmpty())),
          open);
      EXPECT_THAT(std::string(made.message()), testing::HasSubstr(std::string(NameOf(state))));
    }
  }
  EXPECT_EQ(static_cast<std::ptrdiff_t>(legal),
            std::ranges::count(kLegal, machine, &Legal::machine));
  EXPECT_EQ(legal, table.size());
}

TEST(MachinesTest, ANominationMovesAsTheListSays) {
  Walk(
      "nomination", domain::NominationMoves(), domain::NominationState::kExpired,
      domain::NominationMove::kWithdraw,
      [](auto move, auto& nomination) { return Make(move, kNow, nomination); },
      [](const auto& nomination) { return StateOf(nomination, kNow); });
}

TEST(MachinesTest, AnAppointmentMovesAsTheListSays) {
  using Move = domain::AppointmentMove;
  const auto make = [](Move move, domain::Appointment& appointment) {
    absl::Status checked = CheckMove(appointment, move, kNow);
    if (checked.ok()) {
      Note(move, "because", kNow, appointment);
      appointment.renewed_by = move == Move::kRenew ? "8" : appointment.renewed_by;
    }
    return checked;
  };
  Walk("appointment", domain::AppointmentMoves(), domain::AppointmentState::kRevoked, Move::kResign,
       make, [](const auto& appointment) { return StateOf(appointment, kNow); });
}

TEST(MachinesTest, ACredentialMovesAsTheListSays) {
  const auto state_of = [](const auto& credential) { return StateOf(credential, true, kNow); };
  const auto make = [&](auto move, domain::Credential& credential) {
    absl::Status checked =
        After(domain::CredentialMoves(), state_of(credential), move, "credential 7").status();
    if (checked.ok()) {
      credential.revoke_time = kNow;
    }
    return checked;
  };
  Walk("credential", domain::CredentialMoves(), domain::CredentialState::kRevoked,
       domain::CredentialMove::kRevoke, make, state_of);
}

TEST(MachinesTest, AContributionMovesAsTheListSays) {
  Walk(
      "contribution", domain::ContributionMoves(), domain::ContributionState::kWithdrawn,
      domain::ContributionMove::kWithdraw,
      [](auto move, auto& contribution) { return Make(move, kNow, contribution); },
      [](const auto& contribution) { return contribution.state; });
}

TEST(MachinesTest, AnAskMovesAsTheListSays) {
  Walk(
      "ask", domain::AskMoves(), domain::AskState::kCancelled, domain::AskMove::kCancel,
      [](auto move, auto& ask) { return Make(move, "because", kNow, ask); },
      [](const auto& ask) { return StateOf(ask, kNow); });
}

TEST(MachinesTest, ThanksMoveAsTheListSays) {
  Walk(
      "thanks", domain::ThanksMoves(), domain::ThanksState::kWithdrawn,
      domain::ThanksMove::kWithdraw,
      [](auto /*move*/, auto& thanks) { return Withdraw(thanks, kNow); },
      [](const auto& thanks) { return StateOf(thanks); });
}

TEST(MachinesTest, APromiseMovesAsTheListSays) {
  Walk(
      "promise", domain::PromiseMoves(), domain::PromiseState::kCancelled,
      domain::PromiseMove::kCancel,
      [](auto move, auto& promise) { return Make(move, kNow, promise); },
      [](const auto& promise) { return StateOf(promise, kNow); });
}

TEST(MachinesTest, ARedemptionMovesAsTheListSays) {
  Walk(
      "redemption", domain::RedemptionMoves(), domain::RedemptionState::kExpired,
      domain::RedemptionMove::kReturn,
      [](auto move, auto& redemption) { return Make(move, kNow, redemption); },
      [](const auto& redemption) { return StateOf(redemption, kNow); });
}

TEST(MachinesTest, AnIdeaMovesAsTheListSays) {
  Walk(
      "idea", domain::IdeaMoves(), domain::IdeaState::kDeclined, domain::IdeaMove::kDecline,
      [](auto move, auto& idea) { return Make(move, "because", kNow, idea); },
      [](const auto& idea) { return idea.state; });
}

TEST(MachinesTest, ALeakCaseMovesAsTheListSays) {
  using Move = domain::LeakCaseMove;
  const auto make = [](Move move, domain::LeakCase& leak) {
    switch (move) {
      case Move::kStartTriage:
        return StartTriage("because", leak);
      case Move::kNameSuspect:
        return NameSuspect(Key(1), "because", Key(2), leak);
      case Move::kConfirm:
      case Move::kDismiss:
        return Decide(move == Move::kConfirm, "because", Key(2), kNow, leak);
    }
    return absl::OkStatus();
  };
  Walk("leak case", domain::LeakCaseMoves(), domain::LeakCaseState::kUnfounded, Move::kDismiss,
       make, [](const auto& leak) { return leak.state; });
}

// Nobody asks for a move of the rule, so none is refused: the rule changes nothing then.
TEST(MachinesTest, ABadgeGrantMovesAsTheListSays) {
  using Move = domain::BadgeMove;
  const auto make = [](Move move, domain::BadgeGrant& grant) -> absl::Status {
    if (move == Move::kGrant || move == Move::kRevoke) {
      return MakeByStaff(Nice(), move, "why", Minute(20), grant);
    }
    const std::vector<domain::BadgeGrant> changed = domain::Judge(
        Nice(false), grant.member, {grant},
        move == Move::kEarn ? std::optional(Earned()) : std::nullopt, false, Minute(20));
    if (changed.empty()) {
      return After(domain::BadgeMoves(), StateOf(grant), move, "badge grant").status();
    }
    grant = changed.front();
    return absl::OkStatus();
  };
  Walk("badge grant", domain::BadgeMoves(), domain::BadgeState::kRevokedByStaff, Move::kRevoke,
       make, [](const auto& grant) { return StateOf(grant); });
}

TEST(MachinesTest, AnInsiderItemMovesAsTheListSays) {
  using Move = domain::ItemMove;
  const auto make = [](Move move, domain::InsiderItem& item) {
    switch (move) {
      case Move::kSchedule:
        return Schedule(kLater, kNow, item);
      case Move::kUnschedule:
        return Unschedule(kNow, item);
      case Move::kOpen:
        return Open(kNow, item);
      case Move::kMoveRelease:
        return MoveRelease("all", "2026-06-01T00:00:00", "UTC", kNow, item);
      case Move::kWithdraw:
        return Withdraw(kNow, item);
    }
    return absl::OkStatus();
  };
  Walk("insider item", domain::ItemMoves(), domain::ItemState::kWithdrawn, Move::kWithdraw, make,
       [](const auto& item) { return StateOf(item, kNow); });
}

TEST(MachinesTest, AnAcceptanceMovesAsTheListSays) {
  using Move = domain::AcceptanceMove;
  const domain::Agreement secrecy = Secrecy();
  const auto make = [&](Move move, domain::Acceptance& acceptance) {
    return move == Move::kAccept ? Accept("digest", "phone", secrecy, kNow, acceptance)
                                 : Withdraw(secrecy, kNow, acceptance);
  };
  Walk("acceptance", domain::AcceptanceMoves(), domain::AcceptanceState::kExpired, Move::kWithdraw,
       make, [&](const auto& acceptance) { return StateOf(acceptance, secrecy, kNow); });
}

TEST(MachinesTest, ASeatMovesAsTheListSays) {
  domain::InsiderItem item = Preview();
  item.seats = 1;
  domain::Seat other = In(domain::SeatState::kWaiting);
  other.id = 6;
  const auto state_of = [&](const domain::Seat& claim) {
    const std::vector<domain::Seat> claims = {other, claim};
    return StateOf(claim, domain::SeatTimes(item, claims).back(), kNow);
  };
  Walk(
      "seat", domain::SeatMoves(), domain::SeatState::kExpired, domain::SeatMove::kRevoke,
      [&](auto move, auto& claim) { return Make(move, state_of(claim), "because", kNow, claim); },
      state_of);
}

}  // namespace
}  // namespace perigee::tests
