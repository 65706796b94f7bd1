#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "server/domain/ask/ask.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/idea/idea.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"
#include "server/domain/tier/tier_standing.h"
#include "server/ports/program/insight.h"
#include "server/ports/program/program_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

using ports::InsightFigure;
using Counts = std::map<std::tuple<domain::MemberKey, std::string, std::string>, std::int64_t>;

std::optional<Time> Fact(int facts, int bit) {
  return (facts >> bit & 1) != 0 ? std::optional(kStart) : std::nullopt;
}
// At the present instant, when it is over, or after it.
Time Later(int facts, int bit) { return (facts >> bit & 1) != 0 ? kStart + Duration(1) : kStart; }

Counts CountsOf(ports::StoreReader& reader, InsightFigure figure, bool by_member) {
  Counts counts;
  const auto counted =
      reader.programs().CountInsight(kProgram, {.figure = figure,
                                                .now = kStart,
                                                .from = kStart - std::chrono::days(30),
                                                .by_member = by_member});
  EXPECT_THAT(counted, IsOk());
  if (counted.ok()) {
    for (const ports::InsightCount& count : *counted) {
      EXPECT_GT(count.items, 0);
      counts[{count.member, count.title, count.state}] += count.items;
    }
  }
  return counts;
}

}  // namespace

// The counts by state are those of the domain for every combination of facts.
TEST_P(StoreConformance, InsightCountsByTheStatesOfTheDomain) {
  MakeProgram();
  domain::Changes changes;
  std::map<InsightFigure, Counts> expected;
  const auto expect = [&](InsightFigure figure, const std::string& title, std::string_view state) {
    ++expected[figure][{domain::MemberKey{}, title, std::string(state)}];
  };
  for (int facts = 0; facts < 256; ++facts) {
    domain::Appointment appointment;
    appointment.id = std::to_string(facts);
    appointment.member = ada_;
    appointment.title = facts % 3 == 0 ? "mvp" : "expert";
    appointment.revoke_time = Fact(facts, 0);
    appointment.resign_time = Fact(facts, 1);
    appointment.suspend_time = Fact(facts, 2);
    appointment.renewed_by = Fact(facts, 3).has_value() ? "next" : "";
    appointment.start_time = Later(facts, 4);
    appointment.renewal_time = Later(facts, 5);
    appointment.end_time = Later(facts, 6);
    appointment.lapse_time = Later(facts, 7);
    changes.records.Put(appointment);
    expect(InsightFigure::kChampions, appointment.title,
           NameOf(domain::StateOf(appointment, kStart)));
    if (domain::IsLive(appointment, kStart) && appointment.renewed_by.empty()) {
      expect(InsightFigure::kTermsEnding, appointment.title, "");
    }
    domain::Ask ask;
    ask.id = std::to_string(facts);
    ask.member = ada_;
    ask.cancel_time = Fact(facts, 0);
    ask.thank_time = Fact(facts, 1);
    ask.done_time = Fact(facts, 2);
    ask.answer_time = Fact(facts, 3);
    ask.send_time = Fact(facts, 4);
    ask.reserve_time = Fact(facts, 5);
    ask.expire_time = Later(facts, 6);
    ask.accepted = Fact(facts, 7).has_value();
    changes.records.Put(ask);
    expect(InsightFigure::kAsks, "", NameOf(domain::StateOf(ask, kStart)));
  }
  for (int facts = 2; facts < 18; ++facts) {
    domain::Redemption redemption;
    redemption.id = std::to_string(facts);
    redemption.member = bob_;
    redemption.state = static_cast<domain::RedemptionState>(facts / 2);
    redemption.expire_time = Later(facts, 0);
    changes.records.Put(redemption);
    expect(InsightFigure::kRedemptions, "", NameOf(domain::StateOf(redemption, kStart)));
  }
  for (int state = 1; state <= static_cast<int>(domain::IdeaState::kDeclined); ++state) {
    domain::Idea idea;
    idea.id = state;
    idea.member = bob_;
    idea.state = static_cast<domain::IdeaState>(state);
    changes.records.Put(idea);
    expect(InsightFigure::kIdeas, "", NameOf(idea.state));
    // Who sees these numbers may not know of items.
    idea.id += 100;
    idea.item = "preview";
    changes.records.Put(idea);
  }
  for (int facts = 2; facts < 16; ++facts) {
    domain::Nomination nomination;
    nomination.id = std::to_string(facts);
    nomination.member = bob_;
    nomination.title = "mvp";
    nomination.state = static_cast<domain::NominationState>(facts / 2);
    nomination.expire_time = Later(facts, 0);
    changes.records.Put(nomination);
    expect(InsightFigure::kNominations, "mvp", NameOf(domain::StateOf(nomination, kStart)));
  }
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  Reading<int>([&](ports::StoreReader& reader) {
    for (const auto& [figure, counts] : expected) {
      EXPECT_EQ(CountsOf(reader, figure, false), counts) << static_cast<int>(figure);
    }
    return 0;
  });
}

TEST_P(StoreConformance, InsightCountsThanksOfItsPeriodAndWhatIsOwed) {
  MakeProgram();
  domain::Changes changes;
  domain::Revision id = 100;
  const auto thank = [&](const domain::MemberKey& giver, const domain::MemberKey& receiver,
                         Time time, bool withdrawn = false) {
    domain::Thanks thanks;
    thanks.id = ++id;
    thanks.giver = giver;
    thanks.receiver = receiver;
    thanks.create_time = time;
    if (withdrawn) {
      thanks.withdraw_time = kStart;
    }
    changes.records.Put(thanks);
  };
  const Time recent = kStart - std::chrono::days(30);
  thank(ada_, bob_, recent);
  thank(ada_, bob_, kStart);
  thank(ada_, bob_, recent - Duration(1));
  thank(ada_, bob_, kStart, true);
  thank(bob_, {}, kStart);
  thank({}, ada_, kStart);
  for (const int later : {0, 1}) {
    domain::Promise promise;
    promise.id = ++id;
    promise.member = ada_;
    promise.due_time = Later(later, 0);
    changes.records.Put(promise);
    promise.id = ++id;
    promise.state = domain::PromiseState::kKept;
    changes.records.Put(promise);
  }
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  Reading<int>([&](ports::StoreReader& reader) {
    EXPECT_EQ(CountsOf(reader, InsightFigure::kThanksGiven, true),
              (Counts{{{ada_, "", "to_member"}, 2}, {{bob_, "", "to_brand"}, 1}}));
    EXPECT_EQ(CountsOf(reader, InsightFigure::kThanksByBrand, true), (Counts{{{ada_, "", ""}, 1}}));
    EXPECT_EQ(CountsOf(reader, InsightFigure::kOwed, true),
              (Counts{{{ada_, "", "open"}, 1}, {{ada_, "", "overdue"}, 1}}));
    return 0;
  });
}

// A person has one standing: that of a merged member rests.
TEST_P(StoreConformance, InsightCountsWhoStandsOnALevel) {
  MakeProgram();
  domain::Changes changes;
  const auto stand = [&](const domain::MemberKey& member, const std::string& scheme,
                         const std::string& level, bool noticed = false) {
    domain::TierStanding standing = domain::EmptyStanding(scheme, member);
    standing.level = level;
    if (noticed) {
      standing.notice_time = kStart;
    }
    changes.records.Put(standing);
  };
  domain::Member cyd = MakeMember(3, "cyd", 0);
  cyd.merged_into = ada_;
  domain::Member dan = MakeMember(4, "dan", 0);
  dan.board_opt_out = true;
  changes.records.Put(cyd);
  changes.records.Put(dan);
  stand(ada_, "loyalty", "gold", true);
  stand(ada_, "reach", "wide");
  stand(bob_, "loyalty", "");
  stand(bob_, "reach", "wide");
  stand(cyd.key, "loyalty", "silver", true);
  stand(dan.key, "loyalty", "gold");
  stand(NumberedId(9), "loyalty", "gold");  // Nobody who is there.
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  const domain::MemberKey nobody;
  Reading<int>([&](ports::StoreReader& reader) {
    EXPECT_EQ(CountsOf(reader, InsightFigure::kTiers, false),
              (Counts{{{nobody, "loyalty", "gold"}, 2}, {{nobody, "reach", "wide"}, 2}}));
    EXPECT_EQ(CountsOf(reader, InsightFigure::kTiers, true),
              (Counts{{{nobody, "loyalty", "gold"}, 1},
                      {{ada_, "loyalty", "gold"}, 1},
                      {{ada_, "reach", "wide"}, 1},
                      {{bob_, "reach", "wide"}, 1}}));
    EXPECT_EQ(CountsOf(reader, InsightFigure::kTierNotices, true),
              (Counts{{{ada_, "loyalty", "gold"}, 1}}));
    return 0;
  });
}

// By member, the counts of hidden members come together under nobody, and merged ones are one.
TEST_P(StoreConformance, InsightByMemberHidesWhoIsHidden) {
  MakeProgram();
  domain::Changes changes;
  int id = 0;
  const auto nominate = [&](const domain::MemberKey& member) {
    domain::Nomination nomination;
    nomination.id = std::to_string(++id);
    nomination.member = member;
    nomination.title = "mvp";
    nomination.state = domain::NominationState::kAccepted;
    nomination.expire_time = kStart;
    changes.records.Put(nomination);
  };
  domain::Member cyd;
  cyd.key = NumberedId(3);
  cyd.id = "cyd";
  cyd.display_name = "Cyd";
  cyd.merged_into = ada_;
  domain::Member dan = cyd;
  dan.key = NumberedId(4);
  dan.id = "dan";
  dan.merged_into = {};
  dan.board_opt_out = true;
  domain::Member eve = dan;
  eve.key = NumberedId(5);
  eve.id = "eve";
  eve.board_opt_out = false;
  eve.standing = domain::Standing::kSuspended;
  for (const domain::Member& member : {cyd, dan, eve}) {
    changes.records.Put(member);
    nominate(member.key);
  }
  nominate(ada_);
  nominate(NumberedId(9));  // Nobody who is there.
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  Reading<int>([&](ports::StoreReader& reader) {
    EXPECT_EQ(
        CountsOf(reader, InsightFigure::kNominations, true),
        (Counts{{{domain::MemberKey{}, "mvp", "accepted"}, 2}, {{ada_, "mvp", "accepted"}, 2}}));
    EXPECT_EQ(CountsOf(reader, InsightFigure::kNominations, false),
              (Counts{{{domain::MemberKey{}, "mvp", "accepted"}, 4}}));
    return 0;
  });
}

}  // namespace perigee::tests
