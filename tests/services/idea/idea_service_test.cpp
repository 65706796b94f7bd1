#include "server/services/idea/idea_service.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/services/idea/idea_server.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class IdeaServiceTest : public IdeaServerTest {};

TEST_F(IdeaServiceTest, MembersSeeIdeasAndNotWhoseTheyAre) {
  const v1::Idea own = Submit("bob", kPreview);
  EXPECT_EQ(own.state(), v1::Idea::STATE_NEW);
  EXPECT_TRUE(own.own());
  const std::vector<v1::Idea> seen = IdeasOf("bob");
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].name(), adas_idea);
  EXPECT_EQ(seen[0].title(), "A bell for the night");
  EXPECT_FALSE(seen[0].own());
  EXPECT_EQ(seen[1].item(), kPreview);
  EXPECT_TRUE(seen[1].own());
  for (const v1::Idea& idea : seen) {
    EXPECT_EQ(idea.author(), "");
    EXPECT_EQ(idea.etag(), "");
  }
  EXPECT_THAT(IdeasOf("bob", 1), SizeIs(2));
  v1::ListOwnIdeasRequest request;
  request.set_parent(kBob);
  const auto listed = server.Must<v1::ListOwnIdeasResponse>(server.Token("bob"),
                                                            "IdeaService/ListOwnIdeas", request);
  ASSERT_EQ(listed.ideas_size(), 1);
  EXPECT_EQ(listed.ideas(0).name(), own.name());
}

TEST_F(IdeaServiceTest, ARetryVotesOnce) {
  const auto vote = Voting<v1::VoteForIdeaRequest>(adas_idea, kBob);
  const auto given =
      server.Must<v1::IdeaVote>(server.Token("bob"), "IdeaService/VoteForIdea", vote);
  EXPECT_EQ(given.idea(), adas_idea);
  const auto again =
      server.Must<v1::IdeaVote>(server.Token("bob"), "IdeaService/VoteForIdea", vote);
  EXPECT_EQ(again.revision(), given.revision());
  EXPECT_THAT(
      Call("bob", "IdeaService/VoteForIdea", Voting<v1::VoteForIdeaRequest>(adas_idea, kBob)),
      HasReason(Reason::kAlreadyVoted));
  EXPECT_EQ(IdeasOf("bob")[0].votes(), 1);
  EXPECT_TRUE(IdeasOf("bob")[0].voted());
  EXPECT_THAT(
      Call("ada", "IdeaService/VoteForIdea", Voting<v1::VoteForIdeaRequest>(adas_idea, kAda)),
      HasReason(Reason::kOwnIdea));
  EXPECT_THAT(
      Call("ada", "IdeaService/VoteForIdea", Voting<v1::VoteForIdeaRequest>(adas_idea, kBob)),
      HasReason(Reason::kNotFound));
  EXPECT_THAT(
      Call("bob", "IdeaService/WithdrawVote", Voting<v1::WithdrawVoteRequest>(adas_idea, kBob)),
      IsOk());
  EXPECT_THAT(
      Call("bob", "IdeaService/WithdrawVote", Voting<v1::WithdrawVoteRequest>(adas_idea, kBob)),
      HasReason(Reason::kNotFound));
  EXPECT_EQ(IdeasOf("bob")[0].votes(), 0);
}

TEST_F(IdeaServiceTest, FiftyVotesAtOnceAreOne) {
  std::vector<v1::VoteForIdeaRequest> votes;
  for (int i = 0; i < 50; ++i) {
    votes.push_back(Voting<v1::VoteForIdeaRequest>(adas_idea, kBob));
  }
  const std::string token = server.Token("bob");
  const Race race = AtOnce(50, [&](int number) -> absl::StatusOr<int> {
    const absl::Status status = server.CallWith(token, MethodNamed("IdeaService/VoteForIdea"),
                                                votes[static_cast<std::size_t>(number)]);
    return status.ok() ? absl::StatusOr<int>(1) : status;
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kAlreadyVoted, 49}}}));
  EXPECT_EQ(IdeasOf("bob")[0].votes(), 1);
}

// For a member, an idea about a hidden item is one that is not there, byte for byte except for the
// name.
TEST_F(IdeaServiceTest, WhatIsAboutAHiddenItemIsMissing) {
  const v1::Idea about = Submit("bob", kPreview);
  HideItem();
  EXPECT_THAT(IdeasOf("ada"), SizeIs(1));
  EXPECT_THAT(IdeasOf("bob", 1), SizeIs(1));
  const auto refusal = [&](const std::string& idea) {
    return Call("ada", "IdeaService/VoteForIdea", Voting<v1::VoteForIdeaRequest>(idea, kAda))
        .ToString();
  };
  std::string hidden = refusal(about.name());
  const std::string missing = refusal(kAcme + "/ideas/999");
  for (std::size_t at = hidden.find(about.name()); at != std::string::npos;
       at = hidden.find(about.name())) {
    hidden.replace(at, about.name().size(), kAcme + "/ideas/999");
  }
  EXPECT_EQ(hidden, missing);
  v1::ListIdeasRequest of_item;
  of_item.set_parent(kAda);
  of_item.set_item(kPreview);
  EXPECT_THAT(Call("ada", "IdeaService/ListIdeas", of_item), HasReason(Reason::kNotFound));
  of_item.set_item(kAcme + "/items/none");
  EXPECT_THAT(Call("ada", "IdeaService/ListIdeas", of_item), HasReason(Reason::kNotFound));
}

TEST_F(IdeaServiceTest, RequestsAreCheckedFieldByField) {
  const auto refused = [&](auto change) {
    auto request = New<v1::SubmitIdeaRequest>();
    request.set_parent(kAda);
    request.mutable_idea()->set_title("A basket");
    change(*request.mutable_idea());
    return Call("ada", "IdeaService/SubmitIdea", request);
  };
  EXPECT_THAT(refused([](v1::Idea& idea) { idea.clear_title(); }), IsInvalidField("idea.title"));
  EXPECT_THAT(refused([](v1::Idea& idea) { idea.set_text(std::string(4001, 'a')); }),
              IsInvalidField("idea.text"));
  EXPECT_THAT(refused([](v1::Idea& idea) { idea.set_item("preview"); }),
              IsInvalidField("idea.item"));
  EXPECT_THAT(refused([](v1::Idea& idea) { idea.set_item("programs/umbrella/items/preview"); }),
              IsInvalidField("idea.item"));
  EXPECT_THAT(refused([](v1::Idea& idea) { idea.set_item(kAcme + "/items/none"); }),
              HasReason(Reason::kNotFound));
  v1::ListIdeasRequest list;
  list.set_parent(kAda);
  list.set_state(static_cast<v1::Idea::State>(77));
  EXPECT_THAT(Call("ada", "IdeaService/ListIdeas", list), IsInvalidField("state"));
  list.clear_state();
  list.set_page_token("none");
  EXPECT_THAT(Call("ada", "IdeaService/ListIdeas", list), HasReason(Reason::kPageTokenInvalid));
}

TEST_F(IdeaServiceTest, SuspendedMembersLookOn) {
  server.Suspend(kBob);
  EXPECT_THAT(IdeasOf("bob"), SizeIs(1));
  EXPECT_THAT(
      Call("bob", "IdeaService/VoteForIdea", Voting<v1::VoteForIdeaRequest>(adas_idea, kBob)),
      HasReason(Reason::kMemberSuspended));
}

}  // namespace
}  // namespace perigee::tests
