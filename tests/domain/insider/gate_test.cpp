#include "server/domain/insider/gate.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/uuid.h"
#include "server/domain/insider/item.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Acceptance;
using domain::Agreement;
using domain::GateFacts;
using domain::GateOutcome;
using domain::InsiderItem;
using domain::ItemState;
using domain::Seat;
using std::chrono::days;
using std::chrono::hours;

constexpr Time kNow = FromMicros(1'790'000'000'000'000);
constexpr Time kBefore = kNow - hours(1);
constexpr Time kAfter = kNow + hours(1);

constexpr char kInsiders[] = "title:mvp";
constexpr char kOurs[] = "facet:eu";    // The audience of the member's region.
constexpr char kTheirs[] = "facet:us";  // Of another one.

enum class Promise { kNotAsked, kNone, kShown, kAccepted, kOldVersion, kWithdrawn, kExpired };
enum class Place { kNotAsked, kNone, kWaiting, kGranted, kGivenBack, kRevoked, kExpired };

constexpr ItemState kStates[] = {ItemState::kDraft, ItemState::kScheduled, ItemState::kEmbargoed,
                                 ItemState::kReleased, ItemState::kWithdrawn};
constexpr Promise kPromises[] = {Promise::kNotAsked, Promise::kNone,       Promise::kShown,
                                 Promise::kAccepted, Promise::kOldVersion, Promise::kWithdrawn,
                                 Promise::kExpired};
constexpr Place kPlaces[] = {Place::kNotAsked,  Place::kNone,    Place::kWaiting, Place::kGranted,
                             Place::kGivenBack, Place::kRevoked, Place::kExpired};

// One combination of all that the gate looks at.
struct Case {
  ItemState state{};
  bool closed = false;
  bool suspended = false;
  bool released = false;  // For the member.
  bool insider = false;   // In the item's audience.
  Promise promise{};
  Place place{};

  std::string Text() const {
    return absl::StrCat(std::string(NameOf(state)), closed ? " closed" : "",
                        suspended ? " suspended" : "", released ? " released-for-them" : "",
                        insider ? " insider" : "", " promise ", static_cast<int>(promise),
                        " place ", static_cast<int>(place));
  }
};

// The records of a case, at kNow.
struct World {
  static domain::MemberKey KeyOf(int place) {
    Uuid key;
    key.bytes.back() = static_cast<std::uint8_t>(place);
    return key;
  }

  explicit World(const Case& of)
      : in_ours(of.state != ItemState::kReleased || of.released), insider(of.insider) {
    item.id = "preview";
    item.audience = kInsiders;
    const bool all = of.state == ItemState::kReleased;
    item.releases = {{"eu", "Europe", kOurs, "", "", of.released || all ? kNow : kAfter},
                     {"us", "America", kTheirs, "", "", all ? kNow : kAfter}};
    if (of.state != ItemState::kDraft) {
      item.open_time = of.state == ItemState::kScheduled ? kAfter : kNow;
    }
    if (of.state == ItemState::kWithdrawn) {
      item.withdraw_time = kNow;
    }
    item.close_time = of.closed ? kNow : kAfter;
    AddPromise(of.promise);
    AddPlace(of.place);
    facts.suspended = of.suspended;
    facts.members = members;
    facts.agreement = item.agreement.empty() ? nullptr : &agreement;
    facts.acceptances = acceptances;
    facts.claims = claims;
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  GateOutcome Ask(Time now = kNow) const {
    const auto is_in = [&](const std::string& audience) -> absl::StatusOr<bool> {
      return audience == kInsiders ? insider : audience == kOurs && in_ours;
    };
    const absl::StatusOr<GateOutcome> outcome = AskGate(item, facts, now, is_in);
    EXPECT_THAT(outcome, IsOk());
    return outcome.value_or(GateOutcome::kNotOpen);
  }

  void AddPromise(Promise promise) {
    if (promise == Promise::kNotAsked) {
      return;
    }
    item.agreement = "secrecy";
    agreement.id = "secrecy";
    agreement.version = agreement.required_version = 2;
    if (promise == Promise::kNone) {
      return;
    }
    const std::int32_t version = promise == Promise::kOldVersion ? 1 : 2;
    Acceptance acceptance =
        domain::Present({"secrecy", version, "", "d", {}, 0}, members[0], 1, kBefore);
    if (promise != Promise::kShown) {
      acceptance.accept_time = promise == Promise::kAccepted ? kNow : kBefore;
    }
    if (promise == Promise::kExpired) {
      acceptance.expire_time = kNow;
    } else if (promise == Promise::kWithdrawn) {
      acceptance.withdraw_time = kNow;
    }
    acceptances = {acceptance};
  }

  void AddPlace(Place place) {
    if (place == Place::kNotAsked) {
      return;
    }
    item.seats = 1;
    const auto claim = [&](int id, int member, Time time) {
      Seat seat;
      seat.id = id;
      seat.member = KeyOf(member);
      seat.item = item.id;
      seat.create_time = time;
      claims.push_back(seat);
    };
    if (place == Place::kNone || place == Place::kWaiting) {
      claim(1, 9, kBefore);  // Somebody else has the seat.
    }
    if (place == Place::kNone) {
      return;
    }
    claim(2, 1, kBefore);
    if (place == Place::kGivenBack) {
      claims.back().give_back_time = kNow;
    } else if (place == Place::kRevoked) {
      claims.back().revoke_time = kNow;
    } else if (place == Place::kExpired) {
      claims.back().create_time = kNow - days(3);
      claims.back().days = 3;
    }
  }

  const bool in_ours;
  const bool insider;
  const std::vector<domain::MemberKey> members = {KeyOf(1), KeyOf(2)};
  InsiderItem item;
  Agreement agreement;
  std::vector<Acceptance> acceptances;
  std::vector<Seat> claims;
  GateFacts facts;
};

// Who may read, as one sentence.
bool MayRead(const Case& of) {
  const bool is_there = of.state == ItemState::kEmbargoed || of.state == ItemState::kReleased;
  const bool is_bound = of.promise == Promise::kNotAsked || of.promise == Promise::kAccepted;
  const bool is_seated = of.place == Place::kNotAsked || of.place == Place::kGranted;
  const bool is_granted = of.insider && is_bound && is_seated && !of.closed;
  return is_there && !of.suspended && (of.released || is_granted);
}

// The outcome is that of the first line that applies.
struct Line {
  std::function<bool(const Case&)> applies;
  GateOutcome outcome;
};
const std::vector<Line>& Lines() {
  static const std::vector<Line> kLines = {
      {[](const Case& c) { return c.state == ItemState::kDraft; }, GateOutcome::kNotOpen},
      {[](const Case& c) { return c.state == ItemState::kScheduled; }, GateOutcome::kNotOpen},
      {[](const Case& c) { return c.state == ItemState::kWithdrawn; }, GateOutcome::kWithdrawn},
      {[](const Case& c) { return c.suspended; }, GateOutcome::kSuspended},
      {[](const Case& c) { return c.released; }, GateOutcome::kReleased},
      {[](const Case& c) { return c.closed; }, GateOutcome::kClosed},
      {[](const Case& c) { return !c.insider; }, GateOutcome::kNotInAudience},
      {[](const Case& c) { return c.promise == Promise::kNone; }, GateOutcome::kNotBound},
      {[](const Case& c) { return c.promise == Promise::kShown; }, GateOutcome::kNotBound},
      {[](const Case& c) { return c.promise == Promise::kOldVersion; }, GateOutcome::kNotBound},
      {[](const Case& c) { return c.promise == Promise::kWithdrawn; }, GateOutcome::kNotBound},
      {[](const Case& c) { return c.promise == Promise::kExpired; }, GateOutcome::kNotBound},
      {[](const Case& c) { return c.place == Place::kNone; }, GateOutcome::kNoSeat},
      {[](const Case& c) { return c.place == Place::kWaiting; }, GateOutcome::kNoSeat},
      {[](const Case& c) { return c.place == Place::kGivenBack; }, GateOutcome::kNoSeat},
      {[](const Case& c) { return c.place == Place::kRevoked; }, GateOutcome::kNoSeat},
      {[](const Case& c) { return c.place == Place::kExpired; }, GateOutcome::kNoSeat},
      {[](const Case&) { return true; }, GateOutcome::kInsider},
  };
  return kLines;
}

TEST(GateTest, EveryCombinationHasItsOutcome) {
  int cases = 0;
  for (const ItemState state : kStates) {
    for (const Promise promise : kPromises) {
      for (const Place place : kPlaces) {
        for (unsigned flags = 0; flags < 16; ++flags) {
          const Case one{state,
                         (flags & 1) != 0,
                         (flags & 2) != 0,
                         (flags & 4) != 0,
                         (flags & 8) != 0,
                         promise,
                         place};
          const World world(one);
          // What is released for all is in the state `released`, and a draft may have any release.
          ASSERT_EQ(StateOf(world.item, kNow), state) << one.Text();
          const GateOutcome outcome = world.Ask();
          const auto line = std::ranges::find_if(
              Lines(), [&](const Line& candidate) { return candidate.applies(one); });
          ASSERT_EQ(NameOf(outcome), NameOf(line->outcome)) << one.Text();
          ASSERT_EQ(IsOpen(outcome), MayRead(one)) << one.Text();
          ++cases;
        }
      }
    }
  }
  EXPECT_EQ(cases, 5 * 7 * 7 * 16);
}

// Ada's way through one item, each instant with the one before it.
TEST(GateTest, EveryInstantBelongsToWhatBeginsThere) {
  constexpr Time kStart = kNow - days(10);
  World world({ItemState::kEmbargoed, false, false, false, true, Promise::kAccepted, Place::kNone});
  world.item.open_time = kStart;
  world.item.close_time = kStart + days(8);
  world.item.releases[0].time = kStart + days(9);
  world.item.releases[1].time = kStart + days(7);
  world.acceptances[0].accept_time = kStart + days(1);
  world.acceptances[0].expire_time = kStart + days(5);
  Acceptance again = world.acceptances[0];
  again.id = 2;
  again.accept_time = kStart + days(6);
  again.expire_time.reset();
  world.acceptances.push_back(again);
  world.facts.acceptances = world.acceptances;
  // Somebody has the seat until day 2. Then Ada has it for a day, and another one until day 4.
  // Ada's second claim comes next.
  world.claims[0].create_time = kStart;
  world.claims[0].give_back_time = kStart + days(2);
  const auto claim = [&](int id, int member, int for_days) {
    Seat seat = world.claims[0];
    seat.id = id;
    seat.member = World::KeyOf(member);
    seat.give_back_time.reset();
    seat.days = for_days;
    world.claims.push_back(seat);
  };
  claim(2, 1, 1);
  claim(3, 8, 1);
  claim(4, 2, 0);
  world.facts.claims = world.claims;

  struct Row {
    int day;
    GateOutcome before;
    GateOutcome from;
  };
  using enum domain::GateOutcome;
  for (const Row& row : {
           Row{0, kNotOpen, kNotBound},  // It opens.
           Row{1, kNotBound, kNoSeat},   // Ada accepts.
           Row{2, kNoSeat, kInsider},    // The seat is given back.
           Row{3, kInsider, kNoSeat},    // Ada's seat ends.
           Row{4, kNoSeat, kInsider},    // The next one too.
           Row{5, kInsider, kNotBound},  // The acceptance expires.
           Row{6, kNotBound, kInsider},  // Ada accepts again.
           Row{7, kInsider, kInsider},   // It is released elsewhere.
           Row{8, kInsider, kClosed},    // It closes.
           Row{9, kClosed, kReleased},   // It is released for Ada.
       }) {
    EXPECT_EQ(NameOf(world.Ask(kStart + days(row.day) - Duration(1))), NameOf(row.before))
        << row.day;
    EXPECT_EQ(NameOf(world.Ask(kStart + days(row.day))), NameOf(row.from)) << row.day;
  }
  world.item.withdraw_time = kStart + days(3);
  EXPECT_EQ(NameOf(world.Ask(kStart + days(3) - Duration(1))), "insider");
  EXPECT_EQ(NameOf(world.Ask(kStart + days(3))), "withdrawn");
  EXPECT_EQ(NameOf(world.Ask(kStart + days(9))), "withdrawn");
}

TEST(GateTest, AnAgreementThatIsNotThereBindsNobody) {
  World world(
      {ItemState::kEmbargoed, false, false, false, true, Promise::kAccepted, Place::kNotAsked});
  EXPECT_EQ(world.Ask(), GateOutcome::kInsider);
  world.facts.agreement = nullptr;
  EXPECT_EQ(world.Ask(), GateOutcome::kNotBound);
}

TEST(GateTest, ANewRequiredVersionClosesAtOnce) {
  World world(
      {ItemState::kEmbargoed, false, false, false, true, Promise::kAccepted, Place::kNotAsked});
  domain::AgreementVersion version;
  ASSERT_THAT(AddVersion("Longer", false, kNow, world.agreement, version), IsOk());
  EXPECT_EQ(world.Ask(), GateOutcome::kInsider);
  ASSERT_THAT(AddVersion("Longer still", true, kNow, world.agreement, version), IsOk());
  EXPECT_EQ(world.Ask(), GateOutcome::kNotBound);
}

TEST(GateTest, AudiencesAreAskedOnlyWhereTheAnswerIsOpen) {
  std::vector<std::string> asked;
  const auto outcome_of = [&](const Case& of) {
    const World world(of);
    asked.clear();
    const auto is_in = [&](const std::string& audience) -> absl::StatusOr<bool> {
      asked.push_back(audience);
      return audience == kOurs;
    };
    return AskGate(world.item, world.facts, kNow, is_in).value();
  };
  const auto plain = [](ItemState state) {
    return Case{state, false, false, false, true, Promise::kNotAsked, Place::kNotAsked};
  };
  Case of = plain(ItemState::kScheduled);
  EXPECT_EQ(outcome_of(of), GateOutcome::kNotOpen);
  EXPECT_THAT(asked, testing::IsEmpty());
  of = plain(ItemState::kEmbargoed);
  EXPECT_EQ(outcome_of(of), GateOutcome::kNotInAudience);
  EXPECT_THAT(asked, testing::ElementsAre(kInsiders));
  of.suspended = true;
  EXPECT_EQ(outcome_of(of), GateOutcome::kSuspended);
  EXPECT_THAT(asked, testing::IsEmpty());
  of = plain(ItemState::kReleased);
  EXPECT_EQ(outcome_of(of), GateOutcome::kReleased);
  EXPECT_THAT(asked, testing::ElementsAre(kOurs));
}

TEST(GateTest, AFailureToJudgeIsNoAnswer) {
  const World world(
      {ItemState::kEmbargoed, false, false, false, true, Promise::kNotAsked, Place::kNotAsked});
  const auto fails = [](const std::string&) -> absl::StatusOr<bool> {
    return Error(Reason::kInternal, "no answer");
  };
  EXPECT_THAT(AskGate(world.item, world.facts, kNow, fails), HasReason(Reason::kInternal));
}

}  // namespace
}  // namespace perigee::tests
