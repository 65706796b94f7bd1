#include "server/use_cases/idea/ideas.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/thanks/promise.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/support/race.h"
#include "tests/use_cases/idea/with_items.h"

namespace perigee::tests {
namespace {

using domain::Idea;
using domain::IdeaVote;
using domain::Revision;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using State = domain::IdeaState;

class IdeasTest : public WithItemsTest {
 protected:
  absl::StatusOr<Idea> Submit(const std::string& member, const std::string& item = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SubmitIdea(reader, unit, "demo", {member, item, "A bell", "It glows"});
    });
  }
  absl::StatusOr<IdeaVote> Vote(const std::string& member, Revision idea) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::VoteForIdea(reader, unit, "demo", idea, member);
    });
  }
  absl::StatusOr<IdeaVote> TakeBack(const std::string& member, Revision idea) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::WithdrawVote(reader, unit, "demo", idea, member);
    });
  }
  absl::StatusOr<Idea> MoveOn(Revision idea, domain::IdeaMove move, const std::string& etag = "",
                              const use_cases::Judge& judge = Stranger(1)) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::MoveIdea(reader, unit, "demo", idea, judge,
                                 {move, "because", std::chrono::days(14), etag});
    });
  }
  void Ship(Revision idea) {
    for (const domain::IdeaMove move :
         {domain::IdeaMove::kConsider, domain::IdeaMove::kPlan, domain::IdeaMove::kShip}) {
      ASSERT_THAT(MoveOn(idea, move), IsOk());
    }
  }
  std::vector<use_cases::SeenIdea> SeenBy(const std::string& member,
                                          const use_cases::IdeaFilter& filter = {},
                                          int limit = 100) {
    return As(member, [&](auto& reader, auto& gate) {
      return use_cases::VisibleIdeas(reader, "demo", gate, filter, 0, limit);
    });
  }
  std::vector<Revision> IdsSeenBy(const std::string& member,
                                  const use_cases::IdeaFilter& filter = {}, int limit = 100) {
    std::vector<Revision> ids;
    for (const use_cases::SeenIdea& seen : SeenBy(member, filter, limit)) {
      ids.push_back(seen.counted.idea.id);
    }
    return ids;
  }
  std::vector<Revision> OwnOf(const std::string& member) {
    std::vector<Revision> ids;
    for (const use_cases::SeenIdea& seen : As(member, [](auto&reader, auto&gate) {
           return use_cases::OwnIdeas(reader, "demo", gate);
         })) {
      EXPECT_TRUE(seen.own);
      ids.push_back(seen.counted.idea.id);
    }
    return ids;
  }
  std::int64_t VotesFor(Revision idea) {
    std::int64_t votes = -1;
    programme.Read([&](ports::StoreReader& reader) {
      const auto all = use_cases::AllIdeas(reader, "demo", {}, idea - 1, 1);
      for (const use_cases::CountedIdea& one : all.value()) {
        votes = one.idea.id == idea ? one.votes : votes;
      }
      return absl::OkStatus();
    });
    return votes;
  }
};

TEST_F(IdeasTest, AnIdeaIsSeenByAllAndIsOneOwn) {
  const auto idea = Submit("ada");
  ASSERT_THAT(idea, IsOk());
  EXPECT_EQ(idea->state, State::kNew);
  const auto seen = SeenBy("bob");
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].counted.idea.title, "A bell");
  EXPECT_EQ(seen[0].counted.idea.text, "It glows");
  EXPECT_FALSE(seen[0].own);
  EXPECT_TRUE(SeenBy("ada")[0].own);
  EXPECT_THAT(OwnOf("ada"), ElementsAre(idea->id));
  EXPECT_THAT(OwnOf("bob"), IsEmpty());
}

TEST_F(IdeasTest, APersonHasOneVote) {
  const Revision idea = Submit("ada")->id;
  ASSERT_THAT(Vote("bob", idea), IsOk());
  EXPECT_THAT(Vote("bob", idea), HasReason(Reason::kAlreadyVoted));
  ASSERT_THAT(Vote("cyd", idea), IsOk());
  EXPECT_THAT(Vote("ada", idea), HasReason(Reason::kOwnIdea));
  EXPECT_EQ(VotesFor(idea), 2);
  EXPECT_TRUE(SeenBy("bob")[0].voted);
  EXPECT_FALSE(SeenBy("dan")[0].voted);
  ASSERT_THAT(TakeBack("bob", idea), IsOk());
  EXPECT_THAT(TakeBack("bob", idea), HasReason(Reason::kNotFound));
  EXPECT_EQ(VotesFor(idea), 1);
  EXPECT_THAT(All<IdeaVote>(), SizeIs(1));
  EXPECT_THAT(Vote("bob", idea), IsOk());
  EXPECT_THAT(Vote("bob", idea + 1), HasReason(Reason::kNotFound));
  EXPECT_THAT(Vote("none", idea), HasReason(Reason::kNotFound));
}

// Whatever was done before a merge, the person counts once, and not for its own idea. Nothing is
// lost when the members are parted again.
TEST_F(IdeasTest, MergedMembersHaveOneVote) {
  const Revision idea = Submit("ada")->id;
  ASSERT_THAT(Vote("bob", idea), IsOk());
  ASSERT_THAT(Vote("cyd", idea), IsOk());
  ASSERT_THAT(Merge("bob", "cyd"), IsOk());
  EXPECT_EQ(VotesFor(idea), 1);
  EXPECT_TRUE(SeenBy("cyd")[0].voted);
  EXPECT_THAT(Vote("cyd", idea), HasReason(Reason::kAlreadyVoted));
  ASSERT_THAT(Unmerge("cyd"), IsOk());
  EXPECT_EQ(VotesFor(idea), 2);
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(VotesFor(idea), 1);
  EXPECT_THAT(Vote("bob", idea), HasReason(Reason::kOwnIdea));
  EXPECT_THAT(OwnOf("bob"), ElementsAre(idea));
  // Another member of a person votes for both, and takes back what both gave.
  ASSERT_THAT(Merge("cyd", "dan"), IsOk());
  EXPECT_THAT(Vote("dan", idea), HasReason(Reason::kAlreadyVoted));
  ASSERT_THAT(TakeBack("dan", idea), IsOk());
  EXPECT_EQ(VotesFor(idea), 0);
}

TEST_F(IdeasTest, FiftyVotesOfOnePersonAtOnceAreOneVote) {
  const Revision idea = Submit("ada")->id;
  ASSERT_THAT(Merge("bob", "cyd"), IsOk());
  const Race race = AtOnce(50, [&](int number) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    unit.decide = [&, number](
                      ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      auto voted =
          use_cases::VoteForIdea(reader, context, "demo", idea, number % 2 == 0 ? "bob" : "cyd");
      if (!voted.ok()) {
        return voted.status();
      }
      return ports::Decision{std::move(voted->changes), {}};
    };
    return use_cases::WriteAndWait(programme.store(), std::move(unit));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kAlreadyVoted, 49}}}));
  EXPECT_THAT(All<IdeaVote>(), SizeIs(1));
  EXPECT_EQ(VotesFor(idea), 1);
}

TEST_F(IdeasTest, SuspendedMembersNeitherSubmitNorVote) {
  const Revision idea = Submit("ada")->id;
  ASSERT_THAT(Vote("bob", idea), IsOk());
  Suspend("bob");
  EXPECT_THAT(Submit("bob"), HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(Vote("bob", idea), HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(TakeBack("bob", idea), HasReason(Reason::kMemberSuspended));
  EXPECT_EQ(VotesFor(idea), 1);
}

// An idea about an item is hidden as the item is: from lists, from votes, and from its author.
TEST_F(IdeasTest, AnIdeaIsHiddenAsItsItemIs) {
  EXPECT_THAT(Submit("ada", "none"), HasReason(Reason::kNotFound));
  const Revision about = Submit("ada", "preview")->id;
  const Revision other = Submit("ada")->id;
  ASSERT_THAT(Vote("bob", about), IsOk());
  EXPECT_THAT(IdsSeenBy("bob"), ElementsAre(about, other));
  EXPECT_THAT(IdsSeenBy("bob", {.item = "preview"}), ElementsAre(about));
  HideItem();
  const absl::Status hidden = Vote("cyd", about).status();
  const absl::Status missing = Vote("cyd", other + 100).status();
  EXPECT_THAT(hidden, HasReason(Reason::kNotFound));
  EXPECT_EQ(hidden.message(), "programs/demo/ideas/" + std::to_string(about) + " was not found");
  EXPECT_EQ(missing.message(),
            "programs/demo/ideas/" + std::to_string(other + 100) + " was not found");
  EXPECT_THAT(TakeBack("bob", about), HasReason(Reason::kNotFound));
  EXPECT_THAT(IdsSeenBy("bob"), ElementsAre(other));
  EXPECT_THAT(IdsSeenBy("bob", {}, 1), ElementsAre(other));
  EXPECT_THAT(OwnOf("ada"), ElementsAre(other));
  // The refusal of a hidden item is that of a missing one.
  EXPECT_EQ(Submit("ada", "preview").status().message(),
            "programs/demo/items/preview was not found");
  EXPECT_EQ(Submit("ada", "none").status().message(), "programs/demo/items/none was not found");
  EXPECT_EQ(VotesFor(about), 1);
}

TEST_F(IdeasTest, AnIdeaThatShipsIsOwedThanks) {
  const Revision idea = Submit("ada")->id;
  ASSERT_THAT(Vote("bob", idea), IsOk());
  EXPECT_THAT(MoveOn(idea, domain::IdeaMove::kShip), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(All<domain::Promise>(), IsEmpty());
  Ship(idea);
  const std::vector<domain::Promise> owed = All<domain::Promise>();
  ASSERT_THAT(owed, SizeIs(1));
  EXPECT_EQ(owed[0].member, programme.KeyOf("ada"));
  EXPECT_EQ(owed[0].kind, domain::PromiseKind::kThanks);
  EXPECT_EQ(owed[0].due_time, Now() + std::chrono::days(14));
  EXPECT_EQ(owed[0].text, "Your idea shipped: A bell");
  EXPECT_EQ(owed[0].made_by, Stranger(1).id);
  const Idea shipped = All<Idea>().at(0);
  EXPECT_EQ(shipped.promise, owed[0].id);
  EXPECT_EQ(shipped.revision, owed[0].revision);
  EXPECT_THAT(MoveOn(idea, domain::IdeaMove::kDecline), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Vote("cyd", idea), HasReason(Reason::kIdeaDecided));
  EXPECT_THAT(TakeBack("bob", idea), HasReason(Reason::kIdeaDecided));
  EXPECT_EQ(VotesFor(idea), 1);
}

TEST_F(IdeasTest, WhoJudgesHasSeenItAndIsNotItsAuthor) {
  const auto idea = Submit("ada");
  ASSERT_THAT(Merge("bob", "ada"), IsOk());
  EXPECT_THAT(MoveOn(idea->id, domain::IdeaMove::kConsider, "", JudgeNamed("bob")),
              HasReason(Reason::kInvolved));
  EXPECT_THAT(MoveOn(idea->id, domain::IdeaMove::kConsider, "1"), HasReason(Reason::kEtagMismatch));
  const auto considered =
      MoveOn(idea->id, domain::IdeaMove::kConsider, domain::Etag(idea->revision));
  ASSERT_THAT(considered, IsOk());
  EXPECT_EQ(considered->reason, "because");
  EXPECT_THAT(MoveOn(idea->id + 100, domain::IdeaMove::kPlan), HasReason(Reason::kNotFound));
  // Votes do not stand in the way of who has seen it.
  ASSERT_THAT(Vote("cyd", idea->id), IsOk());
  EXPECT_THAT(MoveOn(idea->id, domain::IdeaMove::kPlan, domain::Etag(considered->revision)),
              IsOk());
  EXPECT_THAT(IdsSeenBy("cyd", {.state = State::kPlanned}), ElementsAre(idea->id));
  EXPECT_THAT(IdsSeenBy("cyd", {.state = State::kNew}), IsEmpty());
}

TEST_F(IdeasTest, NobodyFillsTheListAlone) {
  std::vector<Revision> ideas;
  for (int i = 0; i < domain::kOpenIdeasMax; ++i) {
    ideas.push_back(Submit("ada")->id);
  }
  EXPECT_THAT(Submit("ada"), HasReason(Reason::kTooManyIdeas));
  EXPECT_THAT(Submit("bob"), IsOk());
  ASSERT_THAT(MoveOn(ideas[0], domain::IdeaMove::kDecline), IsOk());
  EXPECT_THAT(Submit("ada"), IsOk());
  EXPECT_THAT(IdsSeenBy("bob", {}, 3), SizeIs(3));
  EXPECT_THAT(IdsSeenBy("bob"), SizeIs(domain::kOpenIdeasMax + 2));
}

TEST_F(IdeasTest, AnErasedMemberLeavesNeitherIdeasNorVotes) {
  const Revision gone = Submit("ada")->id;
  const Revision left = Submit("bob")->id;
  ASSERT_THAT(Vote("ada", left), IsOk());
  ASSERT_THAT(Vote("cyd", left), IsOk());
  programme.Erase(programme.KeyOf("ada"));
  EXPECT_EQ(VotesFor(left), 1);
  EXPECT_THAT(IdsSeenBy("cyd"), ElementsAre(left));
  EXPECT_THAT(Vote("cyd", gone), HasReason(Reason::kNotFound));
  EXPECT_THAT(MoveOn(gone, domain::IdeaMove::kConsider), HasReason(Reason::kNotFound));
  EXPECT_EQ(VotesFor(gone), -1);
  programme.DoWhatIsDue();
  EXPECT_THAT(All<IdeaVote>(), SizeIs(1));
  for (const Idea& idea : All<Idea>()) {
    EXPECT_EQ(idea.title.empty(), idea.id == gone);
    EXPECT_EQ(idea.text.empty(), idea.id == gone);
  }
  EXPECT_THAT(programme.Findings(), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
