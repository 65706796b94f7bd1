#include "server/services/idea/idea_admin_service.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/thanks.pb.h"
#include "tests/services/idea/idea_server.h"

namespace perigee::tests {
namespace {

using testing::SizeIs;

class IdeaAdminServiceTest : public IdeaServerTest {
 protected:
  std::vector<v1::Idea> All(v1::Idea::State state = v1::Idea::STATE_UNSPECIFIED,
                            int page_size = 0) {
    v1::ListAllIdeasRequest request;
    request.set_parent(kAcme);
    request.set_state(state);
    request.set_page_size(page_size);
    std::vector<v1::Idea> ideas;
    do {
      const auto page = server.Must<v1::ListAllIdeasResponse>(
          server.Token("ROLE_PROGRAM_ADMIN"), "IdeaAdminService/ListAllIdeas", request);
      ideas.insert(ideas.end(), page.ideas().begin(), page.ideas().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return ideas;
  }
};

TEST_F(IdeaAdminServiceTest, StaffSeeAllIdeasWithTheirAuthors) {
  const v1::Idea about = Submit("bob", kPreview);
  HideItem();
  const std::vector<v1::Idea> all = All();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].author(), kAda);
  EXPECT_EQ(all[1].author(), kBob);
  EXPECT_EQ(all[1].item(), kPreview);
  EXPECT_THAT(All(v1::Idea::STATE_NEW, 1), SizeIs(2));
  EXPECT_THAT(All(v1::Idea::STATE_PLANNED), SizeIs(0));
}

TEST_F(IdeaAdminServiceTest, WhatShipsIsOwedThanksAndThanksSettleThem) {
  ASSERT_THAT(
      Call("bob", "IdeaService/VoteForIdea", Voting<v1::VoteForIdeaRequest>(adas_idea, kBob)),
      IsOk());
  MoveOn(adas_idea, v1::Idea::STATE_CONSIDERED);
  const v1::Idea planned = MoveOn(adas_idea, v1::Idea::STATE_PLANNED);
  EXPECT_EQ(planned.votes(), 1);
  EXPECT_EQ(planned.promise(), "");
  v1::MoveIdeaRequest ship = Moving(adas_idea, v1::Idea::STATE_SHIPPED);
  ship.set_thanks_days(7);
  ship.set_etag(planned.etag());
  const auto shipped =
      server.Must<v1::Idea>(server.Token("ROLE_PROGRAM_ADMIN"), "IdeaAdminService/MoveIdea", ship);
  EXPECT_EQ(shipped.state(), v1::Idea::STATE_SHIPPED);
  EXPECT_TRUE(shipped.has_decide_time());
  v1::ThankMemberRequest thank = New<v1::ThankMemberRequest>();
  thank.set_parent(kAda);
  thank.set_text("It rings");
  thank.set_promise(shipped.promise());
  const auto thanks = server.Must<v1::Thanks>(server.Token("ROLE_MODERATOR"),
                                              "ThanksAdminService/ThankMember", thank);
  EXPECT_EQ(thanks.promise(), shipped.promise());
  v1::ListPromisesRequest kept;
  kept.set_parent(kAcme);
  kept.set_state(v1::Promise::STATE_KEPT);
  const auto promises = server.Must<v1::ListPromisesResponse>(
      server.Token("ROLE_MODERATOR"), "ThanksAdminService/ListPromises", kept);
  ASSERT_EQ(promises.promises_size(), 1);
  EXPECT_EQ(promises.promises(0).due_time().seconds(), shipped.decide_time().seconds() + 7 * 86400);
  // A retry makes no other promise.
  EXPECT_EQ(
      server.Must<v1::Idea>(server.Token("ROLE_PROGRAM_ADMIN"), "IdeaAdminService/MoveIdea", ship)
          .promise(),
      shipped.promise());
  EXPECT_EQ(IdeasOf("ada")[0].promise(), "");
}

TEST_F(IdeaAdminServiceTest, EveryRefusalOfAMove) {
  const auto refused = [&](auto change) {
    v1::MoveIdeaRequest request = Moving(adas_idea, v1::Idea::STATE_CONSIDERED);
    change(request);
    return Call("ROLE_PROGRAM_ADMIN", "IdeaAdminService/MoveIdea", request);
  };
  for (const v1::Idea::State state : {v1::Idea::STATE_UNSPECIFIED, v1::Idea::STATE_NEW}) {
    EXPECT_THAT(refused([&](auto& request) { request.set_state(state); }), IsInvalidField("state"));
  }
  EXPECT_THAT(refused([](auto& request) { request.set_state(v1::Idea::STATE_DECLINED); }),
              IsInvalidField("reason"));
  EXPECT_THAT(refused([](auto& request) { request.set_reason(std::string(2001, 'a')); }),
              IsInvalidField("reason"));
  for (const int days : {-1, 367}) {
    EXPECT_THAT(refused([&](auto& request) { request.set_thanks_days(days); }),
                IsInvalidField("thanks_days"));
  }
  EXPECT_THAT(refused([](auto& request) { request.set_name(kAcme + "/ideas/999"); }),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(refused([](auto& request) { request.set_name(kAcme + "/ideas/one"); }),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(refused([](auto& request) { request.set_etag("r1"); }),
              HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(refused([](auto& request) { request.set_state(v1::Idea::STATE_SHIPPED); }),
              HasReason(Reason::kIllegalMove));
  server.Grant("acme", v1::ROLE_PROGRAM_ADMIN, "ada");
  EXPECT_THAT(
      Call("ada", "IdeaAdminService/MoveIdea", Moving(adas_idea, v1::Idea::STATE_CONSIDERED)),
      HasReason(Reason::kInvolved));
  EXPECT_THAT(refused([](auto& request) {
                request.set_state(v1::Idea::STATE_DECLINED);
                request.set_reason("It would wake people");
              }),
              IsOk());
  EXPECT_EQ(IdeasOf("bob")[0].reason(), "It would wake people");
  EXPECT_THAT(
      Call("bob", "IdeaService/VoteForIdea", Voting<v1::VoteForIdeaRequest>(adas_idea, kBob)),
      HasReason(Reason::kIdeaDecided));
}

}  // namespace
}  // namespace perigee::tests
