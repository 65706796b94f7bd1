#include <map>
#include <string>
#include <utility>

#include "server/domain/idea/idea.h"
#include "server/ports/idea/idea_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/idea/ideas.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

ports::Unit Submitting(const std::string& member) {
  return UnitOf([=](auto& reader, const auto& context) {
    return use_cases::SubmitIdea(reader, context, kProgram, {member, "", "A bell", ""});
  });
}

ports::Unit Voting(const std::string& member, domain::Revision idea) {
  return UnitOf([=](auto& reader, const auto& context) {
    return use_cases::VoteForIdea(reader, context, kProgram, idea, member);
  });
}

ports::Unit TakingBack(const std::string& member, domain::Revision idea) {
  return UnitOf([=](auto& reader, const auto& context) {
    return use_cases::WithdrawVote(reader, context, kProgram, idea, member);
  });
}

}  // namespace

TEST_P(StoreConformance, FiftyVotesOfAPersonAtOnceAreOne) {
  MakeProgram();
  const auto submitted = Write(Submitting("ada"));
  ASSERT_THAT(submitted, IsOk());
  const domain::Revision idea = submitted->revision;
  const auto votes = [&] {
    return Reading<std::int64_t>([&](ports::StoreReader& reader) {
      return reader.ideas().CountVotes(kProgram, idea, ada_);
    });
  };
  EXPECT_EQ(votes(), 0);
  EXPECT_EQ(AtOnce(50, [&](int) { return Write(Voting("bob", idea)); }),
            (Race{1, {{Reason::kAlreadyVoted, 49}}}));
  EXPECT_EQ(votes(), 1);
  EXPECT_EQ(AtOnce(50, [&](int) { return Write(TakingBack("bob", idea)); }),
            (Race{1, {{Reason::kNotFound, 49}}}));
  EXPECT_EQ(votes(), 0);
}

TEST_P(StoreConformance, VotesAreCountedByPerson) {
  MakeProgram();
  domain::Changes changes;
  for (std::uint32_t n = 3; n < 8; ++n) {
    changes.records.Put(MakeMember(n, "m" + std::to_string(n), 2));
    changes.records.Put(domain::IdeaVote{NumberedId(n), 7, kStart, 0});
  }
  changes.records.Put(domain::IdeaVote{NumberedId(3), 8, kStart, 0});
  changes.records.Put(domain::IdeaVote{NumberedId(99), 7, kStart, 0});  // Nobody who is there.
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  const auto votes = [&](domain::Revision idea, const domain::MemberKey& author) {
    return Reading<std::int64_t>([&](ports::StoreReader& reader) {
      return reader.ideas().CountVotes(kProgram, idea, author);
    });
  };
  EXPECT_EQ(votes(7, ada_), 5);
  EXPECT_EQ(votes(8, ada_), 1);
  EXPECT_EQ(votes(9, ada_), 0);
  ASSERT_THAT(SetHead(NumberedId(4), NumberedId(3)), IsOk());
  ASSERT_THAT(SetHead(NumberedId(5), NumberedId(3)), IsOk());
  EXPECT_EQ(votes(7, ada_), 3);
  // The author's own, by whichever member, are none.
  EXPECT_EQ(votes(7, NumberedId(3)), 2);
  ASSERT_THAT(SetHead(NumberedId(6), ada_), IsOk());
  EXPECT_EQ(votes(7, ada_), 2);
  ASSERT_THAT(SetHead(NumberedId(5), {}), IsOk());
  EXPECT_EQ(votes(7, ada_), 3);
}

TEST_P(StoreConformance, IdeasAndVotesOfWhoIsThereAreCounted) {
  MakeProgram();
  domain::Changes changes;
  domain::Revision id = 0;
  const auto put = [&](const domain::MemberKey& author, domain::IdeaState state,
                       const std::string& item) {
    domain::Idea idea;
    idea.id = ++id;
    idea.member = author;
    idea.state = state;
    idea.item = item;
    changes.records.Put(idea);
    changes.records.Put(domain::IdeaVote{bob_, id, kStart, 0});
  };
  put(ada_, domain::IdeaState::kNew, "");
  put(ada_, domain::IdeaState::kNew, "preview");
  put(bob_, domain::IdeaState::kShipped, "");
  put(NumberedId(99), domain::IdeaState::kPlanned, "");  // Nobody who is there.
  changes.records.Put(domain::IdeaVote{NumberedId(99), 1, kStart, 0});
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  const auto counts = Reading<ports::IdeaCounts>(
      [](ports::StoreReader& reader) { return reader.ideas().Count(kProgram); });
  EXPECT_EQ(counts.ideas, (std::map<domain::IdeaState, std::int64_t>{
                              {domain::IdeaState::kNew, 2}, {domain::IdeaState::kShipped, 1}}));
  EXPECT_EQ(counts.votes, 4);
}

}  // namespace perigee::tests
