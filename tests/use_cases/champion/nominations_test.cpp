#include "server/use_cases/champion/nominations.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {
namespace {

using domain::Appointment;
using domain::Nomination;
using domain::NominationReview;
using domain::NominationVoice;
using domain::Nominator;
using domain::Verdict;
using State = domain::NominationState;
using testing::ElementsAre;
using testing::IsEmpty;

class NominationsTest : public ChampionsTest {
 protected:
  State StateOf(const std::string& id) {
    for (const Nomination& nomination : All<Nomination>()) {
      if (nomination.id == id) {
        return domain::StateOf(nomination, Now());
      }
    }
    return State::kDraft;
  }
};

TEST_F(NominationsTest, ASecondNominationJoinsTheOpenOne) {
  const auto first = Nominate("ada", "bob");
  ASSERT_THAT(first, IsOk());
  const auto second = Nominate("ada", "cyd");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->id, first->id);
  EXPECT_THAT(Nominate("ada", "bob"), HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(Nominate("ada", "ada"), IsOk());
  ASSERT_THAT(Nominate("ada"), IsOk());
  ASSERT_EQ(All<NominationVoice>().size(), 4U);
  EXPECT_EQ(All<Nomination>().size(), 1U);
  int self = 0;
  for (const NominationVoice& voice : All<NominationVoice>()) {
    self += voice.kind == Nominator::kSelf ? 1 : 0;
  }
  EXPECT_EQ(self, 1);
  // Once it is closed, the next nomination is a new one.
  ASSERT_THAT(Withdraw(first->id, "ada"), IsOk());
  EXPECT_EQ(StateOf(first->id), State::kWithdrawn);
  const auto third = Nominate("ada", "bob");
  ASSERT_THAT(third, IsOk());
  EXPECT_NE(third->id, first->id);
}

TEST_F(NominationsTest, ASubmittedDraftJoinsWhatIsOpenByThen) {
  const auto draft = Nominate("ada", "bob", true);
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(draft->state, State::kDraft);
  // A draft is its nominator's alone.
  EXPECT_THAT(Withdraw(draft->id, "ada"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Submit(draft->id, "cyd"), HasReason(Reason::kNotFound));
  EXPECT_THAT(StartReview(draft->id, Stranger(1)), HasReason(Reason::kNotFound));
  const auto open = Nominate("ada", "cyd");
  ASSERT_THAT(open, IsOk());
  EXPECT_NE(open->id, draft->id);
  const auto joined = Submit(draft->id, "bob");
  ASSERT_THAT(joined, IsOk());
  EXPECT_EQ(joined->id, open->id);
  EXPECT_EQ(All<Nomination>().size(), 1U);
  for (const NominationVoice& voice : All<NominationVoice>()) {
    EXPECT_EQ(voice.nomination, open->id);
  }
  const auto alone = Nominate("dan", "bob", true);
  ASSERT_THAT(alone, IsOk());
  ASSERT_THAT(Submit(alone->id, "bob"), IsOk());
  EXPECT_EQ(StateOf(alone->id), State::kSubmitted);
  EXPECT_THAT(Submit(alone->id, "bob"), HasReason(Reason::kIllegalMove));
}

TEST_F(NominationsTest, TheLastVoiceTakesTheNominationBack) {
  const auto nomination = Nominate("ada", "bob");
  ASSERT_THAT(nomination, IsOk());
  ASSERT_THAT(Nominate("ada", "cyd"), IsOk());
  EXPECT_THAT(Withdraw(nomination->id, "dan"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Withdraw(nomination->id, "bob"), IsOk());
  EXPECT_EQ(StateOf(nomination->id), State::kSubmitted);
  EXPECT_THAT(Withdraw(nomination->id, "bob"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Withdraw(nomination->id, "cyd"), IsOk());
  EXPECT_EQ(StateOf(nomination->id), State::kWithdrawn);
  EXPECT_THAT(Withdraw(nomination->id, "cyd"), HasReason(Reason::kIllegalMove));
}

TEST_F(NominationsTest, WhoIsInvolvedDoesNotJudge) {
  const auto nomination = Nominate("ada", "bob");
  ASSERT_THAT(nomination, IsOk());
  const std::string& id = nomination->id;
  // To the nominee, the nomination is not there.
  EXPECT_THAT(StartReview(id, JudgeNamed("ada")), HasReason(Reason::kNotFound));
  ASSERT_THAT(StartReview(id, JudgeNamed("dan")), IsOk());
  EXPECT_THAT(Review(id, JudgeNamed("ada"), Verdict::kAccept), HasReason(Reason::kNotFound));
  EXPECT_THAT(Review(id, JudgeNamed("bob"), Verdict::kAccept), HasReason(Reason::kInvolved));
  ASSERT_THAT(Review(id, JudgeNamed("bob"), Verdict::kRecused), IsOk());
  EXPECT_THAT(Decide(id, JudgeNamed("dan"), true), HasReason(Reason::kReviewsMissing));
  // Nor does whoever is the same person.
  ASSERT_THAT(Merge("cyd", "dan"), IsOk());
  ASSERT_THAT(Nominate("ada", "cyd"), IsOk());
  EXPECT_THAT(Review(id, JudgeNamed("dan"), Verdict::kAccept), HasReason(Reason::kInvolved));
  ASSERT_THAT(Review(id, Stranger(1), Verdict::kAccept), IsOk());
  EXPECT_THAT(Decide(id, JudgeNamed("bob"), true), HasReason(Reason::kInvolved));
  EXPECT_THAT(Decide(id, JudgeNamed("ada"), true), HasReason(Reason::kNotFound));
  ASSERT_THAT(Decide(id, Stranger(1), true), IsOk());
}

TEST_F(NominationsTest, ADecisionNeedsItsReviewsAndIsMadeOnce) {
  ASSERT_THAT(Change([](domain::Title& title) { title.reviews = 2; }), IsOk());
  const auto nomination = Nominate("ada");
  ASSERT_THAT(nomination, IsOk());
  const std::string& id = nomination->id;
  EXPECT_THAT(Review(id, Stranger(1), Verdict::kAccept), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Decide(id, Stranger(1), true), HasReason(Reason::kIllegalMove));
  ASSERT_THAT(StartReview(id, Stranger(1)), IsOk());
  ASSERT_THAT(Review(id, Stranger(1), Verdict::kDecline), IsOk());
  // The same judge once more: still one verdict.
  ASSERT_THAT(Review(id, Stranger(1), Verdict::kAccept), IsOk());
  EXPECT_EQ(All<NominationReview>().size(), 1U);
  EXPECT_THAT(Decide(id, Stranger(1), true), HasReason(Reason::kReviewsMissing));
  const auto reviewed = Review(id, Stranger(2), Verdict::kAccept);
  ASSERT_THAT(reviewed, IsOk());
  EXPECT_THAT(Decide(id, Stranger(1), true, domain::Etag(nomination->revision)),
              HasReason(Reason::kEtagMismatch));
  const auto decided = Decide(id, Stranger(1), true, domain::Etag(reviewed->revision));
  ASSERT_THAT(decided, IsOk());
  EXPECT_EQ(decided->reason, "because");
  ASSERT_EQ(All<Appointment>().size(), 1U);
  EXPECT_EQ(All<Appointment>()[0].nomination, id);
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
  EXPECT_THAT(Decide(id, Stranger(2), false), HasReason(Reason::kIllegalMove));
}

TEST_F(NominationsTest, WithoutASeatNothingIsDecided) {
  ASSERT_THAT(Change([](domain::Title& title) {
                title.seats = 1;
                title.reviews = 0;
              }),
              IsOk());
  ASSERT_THAT(Appoint("bob"), IsOk());
  const auto nomination = Nominate("ada");
  ASSERT_THAT(nomination, IsOk());
  ASSERT_THAT(StartReview(nomination->id, Stranger(1)), IsOk());
  EXPECT_THAT(Decide(nomination->id, Stranger(1), true), HasReason(Reason::kNoSeatLeft));
  EXPECT_EQ(StateOf(nomination->id), State::kInReview);
  ASSERT_THAT(Decide(nomination->id, Stranger(1), false), IsOk());
  EXPECT_EQ(StateOf(nomination->id), State::kDeclined);
  EXPECT_EQ(All<Appointment>().size(), 1U);
}

TEST_F(NominationsTest, WhatWaitsTooLongExpiresByTimeAlone) {
  const auto nomination = Nominate("ada", "bob");
  ASSERT_THAT(nomination, IsOk());
  programme.clock.Advance(domain::kNominationOpenFor);
  EXPECT_EQ(StateOf(nomination->id), State::kExpired);
  EXPECT_THAT(StartReview(nomination->id, Stranger(1)), HasReason(Reason::kIllegalMove));
  const auto next = Nominate("ada", "bob");
  ASSERT_THAT(next, IsOk());
  EXPECT_NE(next->id, nomination->id);
}

TEST_F(NominationsTest, TheTitleSaysWhoNominatesAndAsks) {
  ASSERT_THAT(Change([](domain::Title& title) {
                title.nominators = {Nominator::kPeer};
                title.questions = {"Why?"};
              }),
              IsOk());
  EXPECT_THAT(Nominate("ada"), HasReason(Reason::kNominatorNotAllowed));
  EXPECT_THAT(Nominate("ada", "ada"), HasReason(Reason::kNominatorNotAllowed));
  EXPECT_THAT(Nominate("ada", "bob"), IsInvalidField("answers"));
  EXPECT_THAT(Nominate("ada", "none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Nominate("none", "bob"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::Nominate(reader, unit, "demo",
                                           {"mvp", "ada", "bob", {"She answers"}, false});
              }),
              IsOk());
  EXPECT_THAT(All<NominationVoice>()[0].questions, ElementsAre("Why?"));
  EXPECT_THAT(All<NominationVoice>()[0].answers, ElementsAre("She answers"));
  ASSERT_THAT(Change([](domain::Title& title) { title.retired = true; }), IsOk());
  EXPECT_THAT(Nominate("cyd", "bob"), HasReason(Reason::kTitleRetired));
}

// What a nominator wrote is gone with them; the nomination goes on.
TEST_F(NominationsTest, ANominationKeepsItsStateWhenANominatorIsErased) {
  ASSERT_THAT(Change([](domain::Title& title) { title.questions = {"Why?"}; }), IsOk());
  const auto nomination = Do([&](auto& reader, const auto& unit) {
    return use_cases::Nominate(reader, unit, "demo", {"mvp", "ada", "bob", {"A secret"}, false});
  });
  ASSERT_THAT(nomination, IsOk());
  ASSERT_THAT(StartReview(nomination->id, Stranger(1)), IsOk());
  ASSERT_THAT(Review(nomination->id, Stranger(1), Verdict::kAccept), IsOk());
  programme.Erase(programme.KeyOf("bob"));
  programme.DoWhatIsDue();
  EXPECT_EQ(StateOf(nomination->id), State::kInReview);
  ASSERT_EQ(All<NominationVoice>().size(), 1U);
  EXPECT_THAT(All<NominationVoice>()[0].answers, IsEmpty());
  ASSERT_THAT(Decide(nomination->id, Stranger(1), true), IsOk());
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
}

}  // namespace
}  // namespace perigee::tests
