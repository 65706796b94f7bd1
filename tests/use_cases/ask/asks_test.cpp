#include "server/use_cases/ask/asks.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/member/members.h"
#include "server/use_cases/program/programs.h"
#include "tests/matchers/status.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {
namespace {

using domain::Ask;
using domain::AskState;
using Move = domain::AskMove;
using std::chrono::days;

// A programme with the members ada, bob and cyd, and two asks a member in 30 days.
class AsksTest : public UnitsTest {
 protected:
  AsksTest() {
    for (const char* id : {"ada", "bob", "cyd"}) {
      programme.AddMember(id);
    }
    SetLimit(2);
  }

  void SetLimit(int limit) {
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::UpdateProgram(reader, unit, "demo",
                                                  {[&](domain::Program& changed) {
                                                    changed.ask_limit = limit;
                                                    changed.ask_window_days = 30;
                                                  }});
                }),
                IsOk());
  }
  absl::StatusOr<Ask> Propose(const std::string& member, AskState up_to = AskState::kProposed) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ProposeAsk(reader, unit, "demo",
                                   {member, "events", "talk", "Speak in May", up_to});
    });
  }
  absl::StatusOr<Ask> Make(Move move, const std::string& member, const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::MoveAsk(reader, unit, {"demo", member, id}, move);
    });
  }
  absl::StatusOr<Ask> Answer(Move answer, const std::string& member, const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::AnswerAsk(reader, unit, {"demo", member, id}, answer, "because");
    });
  }
  absl::StatusOr<domain::Member> SetTerms(const std::string& member, bool do_not_ask,
                                          std::optional<int> limit) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SetAskTerms(reader, unit, "demo", member, {do_not_ask, limit});
    });
  }
  absl::StatusOr<use_cases::AskOutlook> Outlook(const std::string& member) {
    absl::StatusOr<use_cases::AskOutlook> outlook = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      outlook = use_cases::ReadAskOutlook(reader, "demo", member, Now());
      return absl::OkStatus();
    });
    return outlook;
  }
  int Used(const std::string& member) { return Outlook(member).value().budget.used; }
  Time Now() { return programme.clock.Now(); }
  void Wait(days time) { programme.clock.Set(Now() + time); }
};

TEST_F(AsksTest, FromTheProposalToTheThanks) {
  const absl::StatusOr<Ask> proposed = Propose("ada");
  ASSERT_THAT(proposed, IsOk());
  EXPECT_EQ(StateOf(*proposed, Now()), AskState::kProposed);
  EXPECT_EQ(Used("ada"), 0);
  ASSERT_THAT(Make(Move::kReserve, "ada", proposed->id), IsOk());
  EXPECT_EQ(Used("ada"), 1);
  EXPECT_EQ(Outlook("ada")->budget.reserved, 1);
  EXPECT_THAT(Answer(Move::kAccept, "ada", proposed->id), HasReason(Reason::kNotFound));
  ASSERT_THAT(Make(Move::kSend, "ada", proposed->id), IsOk());
  EXPECT_EQ(Outlook("ada")->budget.reserved, 0);
  EXPECT_THAT(Make(Move::kComplete, "ada", proposed->id), HasReason(Reason::kIllegalMove));
  const absl::StatusOr<Ask> accepted = Answer(Move::kAccept, "ada", proposed->id);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(StateOf(*accepted, Now()), AskState::kAccepted);
  ASSERT_THAT(Make(Move::kComplete, "ada", proposed->id), IsOk());
  const absl::StatusOr<Ask> thanked = Make(Move::kThank, "ada", proposed->id);
  ASSERT_THAT(thanked, IsOk());
  EXPECT_EQ(StateOf(*thanked, Now()), AskState::kThanked);
  EXPECT_EQ(thanked->text, "Speak in May");
  EXPECT_EQ(Used("ada"), 1);
  EXPECT_EQ(Used("bob"), 0);
}

TEST_F(AsksTest, TheBudgetIsOneForAllTeams) {
  ASSERT_THAT(Propose("ada", AskState::kReserved), IsOk());
  const absl::StatusOr<Ask> sent = Propose("ada", AskState::kSent);
  ASSERT_THAT(sent, IsOk());
  EXPECT_EQ(StateOf(*sent, Now()), AskState::kSent);
  const absl::StatusOr<Ask> third = Propose("ada");
  ASSERT_THAT(third, IsOk());
  const absl::Status spent = Make(Move::kReserve, "ada", third->id).status();
  EXPECT_THAT(spent, HasReason(Reason::kAskBudgetSpent));
  EXPECT_EQ(MetadataOf(spent).at("next_free_time"), FormatTime(Now() + days(14)));
  EXPECT_THAT(Propose("ada", AskState::kSent), HasReason(Reason::kAskBudgetSpent));
  EXPECT_THAT(Propose("bob", AskState::kSent), IsOk());
}

TEST_F(AsksTest, CancellingAndTimeGiveAPlaceBackAndDecliningDoesNot) {
  const absl::StatusOr<Ask> cancelled = Propose("ada", AskState::kReserved);
  ASSERT_THAT(Make(Move::kCancel, "ada", cancelled->id), IsOk());
  EXPECT_EQ(Used("ada"), 0);
  const absl::StatusOr<Ask> declined = Propose("ada", AskState::kSent);
  ASSERT_THAT(Answer(Move::kDecline, "ada", declined->id), IsOk());
  EXPECT_THAT(Make(Move::kCancel, "ada", declined->id), HasReason(Reason::kIllegalMove));
  EXPECT_EQ(Used("ada"), 1);
  const absl::StatusOr<Ask> reserved = Propose("ada", AskState::kReserved);
  EXPECT_EQ(Used("ada"), 2);
  Wait(days(14));
  EXPECT_EQ(Used("ada"), 1);
  EXPECT_THAT(Make(Move::kSend, "ada", reserved->id), HasReason(Reason::kIllegalMove));
  Wait(days(16));
  EXPECT_EQ(Used("ada"), 0);
}

TEST_F(AsksTest, APauseAndASuspensionAreObeyed) {
  const absl::StatusOr<Ask> proposed = Propose("ada");
  const absl::StatusOr<Ask> reserved = Propose("ada", AskState::kReserved);
  ASSERT_THAT(Do([](auto& reader, const auto& unit) {
                return use_cases::PauseMember(reader, unit, "demo", "ada",
                                              unit.now + std::chrono::days(1));
              }),
              IsOk());
  EXPECT_THAT(Make(Move::kReserve, "ada", proposed->id), HasReason(Reason::kAskRefused));
  EXPECT_THAT(Make(Move::kSend, "ada", reserved->id), HasReason(Reason::kAskRefused));
  EXPECT_THAT(Propose("ada", AskState::kSent), HasReason(Reason::kAskRefused));
  EXPECT_THAT(Propose("ada"), IsOk());
  EXPECT_FALSE(Outlook("ada")->may_be_asked);
  Wait(days(1));
  EXPECT_TRUE(Outlook("ada")->may_be_asked);
  EXPECT_THAT(Make(Move::kSend, "ada", reserved->id), IsOk());
  ASSERT_THAT(Do([](auto& reader, const auto& unit) {
                return use_cases::SuspendMember(reader, unit, "demo", "ada");
              }),
              IsOk());
  EXPECT_THAT(Make(Move::kReserve, "ada", proposed->id), HasReason(Reason::kAskRefused));
  EXPECT_THAT(Make(Move::kCancel, "ada", proposed->id), IsOk());
}

TEST_F(AsksTest, TheMembersTermsAreObeyed) {
  const absl::StatusOr<Ask> one = Propose("ada", AskState::kReserved);
  const absl::StatusOr<Ask> two = Propose("ada", AskState::kReserved);
  ASSERT_THAT(SetTerms("ada", false, 1), IsOk());
  EXPECT_EQ(Outlook("ada")->budget.limit.asks, 1);
  EXPECT_THAT(Make(Move::kSend, "ada", one->id), IsOk());
  EXPECT_THAT(Make(Move::kSend, "ada", two->id), HasReason(Reason::kAskBudgetSpent));
  ASSERT_THAT(SetTerms("ada", true, std::nullopt), IsOk());
  EXPECT_THAT(Make(Move::kSend, "ada", two->id), HasReason(Reason::kAskRefused));
  // What was sent before may still be answered.
  EXPECT_THAT(Answer(Move::kAccept, "ada", one->id), IsOk());
  const domain::Revision before = programme.head;
  ASSERT_THAT(SetTerms("ada", true, std::nullopt), IsOk());
  EXPECT_EQ(programme.head, before);
  ASSERT_THAT(SetTerms("ada", false, std::nullopt), IsOk());
  EXPECT_THAT(Make(Move::kSend, "ada", two->id), IsOk());
  EXPECT_THAT(SetTerms("none", true, std::nullopt), HasReason(Reason::kNotFound));
}

TEST_F(AsksTest, MembersThatAreOnePersonHaveOneBudgetAndOneWord) {
  ASSERT_THAT(Propose("ada", AskState::kSent), IsOk());
  const absl::StatusOr<Ask> bobs = Propose("bob", AskState::kSent);
  ASSERT_THAT(SetTerms("bob", true, std::nullopt), IsOk());
  programme.SetHead("bob", "ada");
  EXPECT_EQ(Used("ada"), 2);
  EXPECT_EQ(Used("bob"), 2);
  EXPECT_FALSE(Outlook("ada")->may_be_asked);
  // By either name it is one ask of one person.
  EXPECT_THAT(Answer(Move::kAccept, "ada", bobs->id), IsOk());
  EXPECT_THAT(Make(Move::kComplete, "bob", bobs->id), IsOk());
  ASSERT_THAT(SetTerms("ada", false, std::nullopt), IsOk());
  EXPECT_TRUE(Outlook("ada")->may_be_asked);
  EXPECT_THAT(Propose("bob", AskState::kSent), HasReason(Reason::kAskBudgetSpent));
  programme.SetHead("bob", "");
  EXPECT_EQ(Used("ada"), 1);
  EXPECT_TRUE(Outlook("bob")->may_be_asked);
  EXPECT_THAT(Make(Move::kThank, "ada", bobs->id), HasReason(Reason::kNotFound));
}

TEST_F(AsksTest, WhatIsMissingOrWrongIsRefused) {
  EXPECT_THAT(Propose("none"), HasReason(Reason::kNotFound));
  const absl::StatusOr<Ask> ask = Propose("ada", AskState::kSent);
  EXPECT_THAT(Make(Move::kCancel, "ada", "none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Make(Move::kCancel, "bob", ask->id), HasReason(Reason::kNotFound));
  EXPECT_THAT(Answer(Move::kAccept, "bob", ask->id), HasReason(Reason::kNotFound));
  EXPECT_THAT(Outlook("none"), HasReason(Reason::kNotFound));
  SetLimit(0);
  const absl::Status none = Propose("bob", AskState::kReserved).status();
  EXPECT_THAT(none, HasReason(Reason::kAskBudgetSpent));
  EXPECT_EQ(MetadataOf(none).at("limit"), "0");
  EXPECT_FALSE(MetadataOf(none).contains("next_free_time"));
}

TEST_F(AsksTest, AnErasureLeavesNothingThatIsFound) {
  const absl::StatusOr<Ask> ask = Propose("ada", AskState::kSent);
  programme.Erase(programme.KeyOf("ada"));
  EXPECT_THAT(Make(Move::kComplete, "ada", ask->id), HasReason(Reason::kNotFound));
  programme.Read([&](ports::StoreReader& reader) {
    const std::vector<Ask> left = reader.records().List<Ask>("demo", {}, nullptr, 10).value();
    EXPECT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().text, "");
    EXPECT_EQ(left.front().reason, "");
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace perigee::tests
