#include "server/use_cases/champion/contributions.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "tests/use_cases/champion/contributed.h"

namespace perigee::tests {
namespace {

using domain::Activity;
using domain::Contribution;
using domain::ContributionKind;
using domain::ContributionShare;
using State = domain::ContributionState;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kLink[] = "https://example.com/orbits";
constexpr char kOtherLink[] = "https://example.com/tides";

class ContributionsTest : public ContributedTest {};

TEST_F(ContributionsTest, AnAcceptedOneBecomesAnActivityOfEachAuthorOnce) {
  use_cases::ContributionDraft draft = DraftOf("ada", kLink, {{"bob", 3}, {"cyd", 1}});
  draft.weight = 5;
  const auto handed_in = Submit(draft);
  ASSERT_THAT(handed_in, IsOk());
  const std::string id = handed_in->contribution.id;
  EXPECT_THAT(Activities(), IsEmpty());
  ASSERT_THAT(Judge(id, Verdict::kStartReview), IsOk());
  const auto accepted = Judge(id, Verdict::kAccept);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->contribution.credit, 10);
  // The first with the acceptance, the others one after the other.
  ASSERT_EQ(Activities().size(), 1U);
  EXPECT_EQ(Activities()[0].revision, accepted->contribution.revision);
  programme.DoWhatIsDue();
  programme.DoWhatIsDue();
  const std::vector<Activity> activities = Activities();
  ASSERT_EQ(activities.size(), 3U);
  const std::vector<ContributionShare> shares = Shares();
  const std::int64_t expected[] = {6, 3, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(activities[i].quantity, expected[i]);
    EXPECT_EQ(activities[i].type, "talk");
    EXPECT_EQ(activities[i].actor, shares[i].member);
    EXPECT_EQ(FormatTime(activities[i].occur_time), "2026-11-20T00:00:00.000000Z");
    EXPECT_EQ(shares[i].share, expected[i]);
    EXPECT_EQ(shares[i].activity, activities[i].revision);
  }
  EXPECT_EQ(activities[0].actor, programme.KeyOf("ada"));
  EXPECT_FALSE(Get(id).credit_time.has_value());
  // The rules count it.
  programme.PutBoard(MakeBoard("all", domain::Cadence::kAllTime));
  const auto places = programme.Served("all");
  ASSERT_EQ(places.size(), 3U);
  EXPECT_EQ(places[0].place.score.score, 12);
  EXPECT_THAT(Judge(id, Verdict::kAccept), HasReason(Reason::kIllegalMove));
}

TEST_F(ContributionsTest, ManyThatAreDueAtOnceAreRecordedOneByOne) {
  for (const char* link : {kLink, kOtherLink}) {
    const auto handed_in = Submit(DraftOf("ada", link, {{"bob", 1}, {"cyd", 1}, {"dan", 1}}));
    ASSERT_THAT(handed_in, IsOk());
    ASSERT_THAT(Judge(handed_in->contribution.id, Verdict::kStartReview), IsOk());
    ASSERT_THAT(Judge(handed_in->contribution.id, Verdict::kAccept), IsOk());
  }
  EXPECT_EQ(Activities().size(), 2U);
  programme.DoWhatIsDue();
  EXPECT_EQ(Activities().size(), 8U);
}

TEST_F(ContributionsTest, AShareOfNothingIsNoActivity) {
  ASSERT_THAT(SetKind([](ContributionKind& kind) { kind.credit = 1; }), IsOk());
  const auto handed_in = Submit(DraftOf("ada", kLink, {{"bob", 5}, {"cyd", 1}}));
  ASSERT_THAT(handed_in, IsOk());
  Accept(handed_in->contribution.id);
  ASSERT_EQ(Activities().size(), 1U);
  EXPECT_EQ(Activities()[0].actor, programme.KeyOf("bob"));
}

TEST_F(ContributionsTest, ATrustedKindIsAcceptedWhenItIsSubmitted) {
  ASSERT_THAT(SetKind([](ContributionKind& kind) {
                kind.trusted = true;
                kind.activity_type = "spoke";
              }),
              IsOk());
  const auto handed_in = Submit(DraftOf("ada", kLink, {{"bob", 1}}));
  ASSERT_THAT(handed_in, IsOk());
  EXPECT_EQ(handed_in->contribution.state, State::kAccepted);
  EXPECT_TRUE(handed_in->contribution.by_rule);
  programme.DoWhatIsDue();
  ASSERT_EQ(Activities().size(), 2U);
  EXPECT_EQ(Activities()[0].type, "spoke");
  EXPECT_EQ(Activities()[0].quantity, 5);
  EXPECT_THAT(Withdraw(handed_in->contribution.id, "ada"), HasReason(Reason::kIllegalMove));
}

TEST_F(ContributionsTest, ALinkIsHandedInOnceUnlessItIsGone) {
  const auto first = Submit("ada", kLink);
  ASSERT_THAT(first, IsOk());
  const auto own = Submit("ada", std::string(kLink) + "/?utm_source=mail#top");
  ASSERT_THAT(own, HasReason(Reason::kDuplicateContribution));
  EXPECT_EQ(MetadataOf(own.status()).at("resource_name"),
            "programs/demo/contributions/" + first->contribution.id);
  const auto others = Submit("bob", kLink);
  ASSERT_THAT(others, HasReason(Reason::kDuplicateContribution));
  EXPECT_THAT(MetadataOf(others.status()), IsEmpty());
  // What has no link has no duplicates.
  ASSERT_THAT(Submit("ada", ""), IsOk());
  ASSERT_THAT(Submit("ada", ""), IsOk());
  ASSERT_THAT(Withdraw(first->contribution.id, "ada"), IsOk());
  const auto second = Submit("bob", kLink);
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(Judge(second->contribution.id, Verdict::kStartReview), IsOk());
  ASSERT_THAT(Judge(second->contribution.id, Verdict::kReject), IsOk());
  const auto third = Submit("cyd", kLink);
  ASSERT_THAT(third, IsOk());
  // An erased member's link is free from the first instant, before the index is cleared.
  programme.Erase(programme.KeyOf("cyd"));
  EXPECT_THAT(Submit("dan", kLink), IsOk());
}

TEST_F(ContributionsTest, ARevisionReplacesAllOfIt) {
  const auto handed_in = Submit(DraftOf("ada", kLink, {{"bob", 1}, {"cyd", 1}}));
  ASSERT_THAT(handed_in, IsOk());
  const std::string id = handed_in->contribution.id;
  EXPECT_THAT(Revise(id, DraftOf("ada", kLink)), HasReason(Reason::kIllegalMove));
  ASSERT_THAT(Decline(id, "bob"), IsOk());
  EXPECT_THAT(Decline(id, "bob"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Decline(id, "ada"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Judge(id, Verdict::kStartReview), IsOk());
  const auto asked = Judge(id, Verdict::kAskForChanges);
  ASSERT_THAT(asked, IsOk());
  EXPECT_EQ(asked->contribution.reason, "because");
  EXPECT_THAT(Revise(id, DraftOf("bob", kLink)), HasReason(Reason::kNotFound));
  EXPECT_THAT(Revise(id, DraftOf("ada", kLink), "stale"), HasReason(Reason::kEtagMismatch));
  ASSERT_THAT(Submit("dan", kOtherLink), IsOk());
  EXPECT_THAT(Revise(id, DraftOf("ada", kOtherLink)), HasReason(Reason::kDuplicateContribution));
  const auto revised = Revise(id, DraftOf("ada", kLink, {{"bob", 1}, {"dan", 1}}),
                              domain::Etag(asked->contribution.revision));
  ASSERT_THAT(revised, IsOk());
  EXPECT_EQ(revised->contribution.state, State::kSubmitted);
  ASSERT_EQ(revised->authors.size(), 3U);
  EXPECT_TRUE(revised->authors[1].declined);
  // Named or not, bob stays declined.
  ASSERT_THAT(Judge(id, Verdict::kStartReview), IsOk());
  ASSERT_THAT(Judge(id, Verdict::kAskForChanges), IsOk());
  ASSERT_THAT(Revise(id, DraftOf("ada", kLink)), IsOk());
  std::vector<ContributionShare> shares = Shares();
  std::erase_if(shares, [&](const ContributionShare& one) { return one.contribution != id; });
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[1].member, programme.KeyOf("bob"));
  EXPECT_TRUE(shares[1].declined);
  Accept(id);
  ASSERT_EQ(Activities().size(), 1U);
  EXPECT_EQ(Activities()[0].quantity, 10);
  EXPECT_THAT(Decline(id, "bob"), HasReason(Reason::kNotFound));
}

TEST_F(ContributionsTest, AuthorsDoNotJudge) {
  const auto handed_in = Submit(DraftOf("ada", kLink, {{"bob", 1}, {"cyd", 1}}));
  ASSERT_THAT(handed_in, IsOk());
  const std::string id = handed_in->contribution.id;
  for (const char* author : {"ada", "bob"}) {
    EXPECT_THAT(Judge(id, Verdict::kStartReview, JudgeNamed(author)), HasReason(Reason::kInvolved));
  }
  ASSERT_THAT(Decline(id, "cyd"), IsOk());
  ASSERT_THAT(Judge(id, Verdict::kStartReview, JudgeNamed("cyd")), IsOk());
  // Nor does whoever is the same person.
  ASSERT_THAT(Merge("bob", "dan"), IsOk());
  EXPECT_THAT(Judge(id, Verdict::kAccept, JudgeNamed("dan")), HasReason(Reason::kInvolved));
  EXPECT_THAT(Judge(id, Verdict::kReject, Stranger(1), "stale"), HasReason(Reason::kEtagMismatch));
  ASSERT_THAT(Judge(id, Verdict::kReject), IsOk());
  EXPECT_EQ(Get(id).reason, "because");
  EXPECT_THAT(Decline(id, "bob"), HasReason(Reason::kIllegalMove));
}

TEST_F(ContributionsTest, RefusalsSayWhy) {
  EXPECT_THAT(Submit("nobody", kLink), HasReason(Reason::kNotFound));
  EXPECT_THAT(Submit(DraftOf("ada", kLink, {{"nobody", 1}})), HasReason(Reason::kNotFound));
  EXPECT_THAT(Submit(DraftOf("ada", kLink, {{"bob", 1}, {"bob", 1}})),
              IsInvalidField("contribution.authors"));
  use_cases::ContributionDraft draft = DraftOf("ada", kLink);
  draft.stated.kind = "book";
  EXPECT_THAT(Submit(draft), HasReason(Reason::kNotFound));
  draft = DraftOf("ada", kLink);
  draft.stated.date = "2026-11-22";
  EXPECT_THAT(Submit(draft), IsInvalidField("contribution.date"));
  draft.stated.date = "2024-11-20";
  EXPECT_THAT(Submit(draft), IsInvalidField("contribution.date"));
  const auto handed_in = Submit("ada", kLink);
  ASSERT_THAT(handed_in, IsOk());
  EXPECT_THAT(Withdraw(handed_in->contribution.id, "bob"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Withdraw("none", "ada"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Judge("none", Verdict::kStartReview), HasReason(Reason::kNotFound));
  const auto retired = SetKind([](ContributionKind& kind) { kind.retired = true; });
  ASSERT_THAT(retired, IsOk());
  EXPECT_THAT(Submit("ada", kOtherLink), HasReason(Reason::kContributionKindRetired));
  EXPECT_THAT(SetKind([](ContributionKind&) {}, "stale"), HasReason(Reason::kEtagMismatch));
  // What was handed in goes on.
  ASSERT_THAT(Judge(handed_in->contribution.id, Verdict::kStartReview), IsOk());
  ASSERT_THAT(Judge(handed_in->contribution.id, Verdict::kAskForChanges), IsOk());
  ASSERT_THAT(Revise(handed_in->contribution.id, DraftOf("ada", kLink)), IsOk());
}

TEST_F(ContributionsTest, AnErasureTakesTheTextsAndLeavesTheSharesOfOthers) {
  const auto handed_in = Submit(DraftOf("ada", kLink, {{"bob", 1}, {"cyd", 1}}));
  const auto open = Submit(DraftOf("ada", kOtherLink, {{"bob", 1}}));
  ASSERT_THAT(handed_in, IsOk());
  ASSERT_THAT(open, IsOk());
  const std::string id = handed_in->contribution.id;
  ASSERT_THAT(Judge(id, Verdict::kStartReview), IsOk());
  ASSERT_THAT(Judge(id, Verdict::kAccept), IsOk());
  const domain::MemberKey bob = programme.KeyOf("bob");
  const domain::MemberKey cyd = programme.KeyOf("cyd");
  programme.Erase(programme.KeyOf("ada"));
  programme.Erase(bob);
  programme.DoWhatIsDue();
  EXPECT_EQ(Get(id).title, "");
  EXPECT_EQ(Get(id).link, "");
  EXPECT_EQ(Get(id).same_link, "");
  EXPECT_FALSE(Get(id).credit_time.has_value());
  // The share of bob is left out, that of cyd is not.
  const std::vector<Activity> activities = Activities();
  ASSERT_EQ(activities.size(), 2U);
  EXPECT_EQ(activities[1].actor, cyd);
  EXPECT_EQ(activities[1].quantity, 3);
  // Nobody can go on with what the member left open.
  EXPECT_THAT(Judge(open->contribution.id, Verdict::kStartReview), HasReason(Reason::kNotFound));
}

TEST_F(ContributionsTest, WhoHandsItInStaysAnAuthorWhenMergedWithOneWhoDeclined) {
  const auto handed_in = Submit(DraftOf("ada", kLink, {{"bob", 1}}));
  ASSERT_THAT(handed_in, IsOk());
  const std::string id = handed_in->contribution.id;
  ASSERT_THAT(Decline(id, "bob"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Judge(id, Verdict::kStartReview), IsOk());
  ASSERT_THAT(Judge(id, Verdict::kAskForChanges), IsOk());
  ASSERT_THAT(Revise(id, DraftOf("ada", kLink)), IsOk());
  Accept(id);
  ASSERT_EQ(Activities().size(), 1U);
  EXPECT_EQ(Activities()[0].quantity, 10);
}

TEST_F(ContributionsTest, APersonHasTheContributionsOfAllItsMembers) {
  const auto handed_in = Submit(DraftOf("ada", kLink, {{"bob", 1}}));
  ASSERT_THAT(handed_in, IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  Accept(handed_in->contribution.id);
  ASSERT_EQ(Activities().size(), 2U);
  programme.Read([&](ports::StoreReader& reader) {
    const auto merged = reader.members().Merged("demo").value();
    const auto own =
        use_cases::OwnContributionsOf(reader, "demo", merged.AllOf(programme.KeyOf("ada"))).value();
    EXPECT_EQ(own.size(), 1U);
    EXPECT_EQ(own[0].share, 10);
    return absl::OkStatus();
  });
  EXPECT_THAT(Withdraw(handed_in->contribution.id, "bob"), HasReason(Reason::kIllegalMove));
}

}  // namespace
}  // namespace perigee::tests
