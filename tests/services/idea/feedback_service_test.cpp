#include "server/services/idea/feedback_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/services/idea/idea_server.h"

namespace perigee::tests {
namespace {

class FeedbackServiceTest : public IdeaServerTest {
 protected:
  v1::ListOwnFeedbackResponse OwnOf(const std::string& who) {
    v1::ListOwnFeedbackRequest request;
    request.set_parent(kAcme + "/members/" + who);
    return server.Must<v1::ListOwnFeedbackResponse>(server.Token(who),
                                                    "FeedbackService/ListOwnFeedback", request);
  }
  static v1::GetFeedbackFormRequest FormOf(const std::string& item, const std::string& member) {
    v1::GetFeedbackFormRequest request;
    request.set_name(item);
    request.set_member(member);
    return request;
  }
};

TEST_F(FeedbackServiceTest, FeedbackIsGivenAndChanged) {
  const v1::Feedback first = Give("ada", FeedbackOf("ada"));
  EXPECT_EQ(first.member(), kAda);
  EXPECT_EQ(first.item(), kPreview);
  EXPECT_EQ(first.version(), 1);
  v1::GiveFeedbackRequest change = FeedbackOf("ada", 2);
  change.mutable_feedback()->set_text("Too loud\nat night");
  const v1::Feedback second = Give("ada", change);
  EXPECT_EQ(second.name(), first.name());
  EXPECT_EQ(Give("ada", change).revision(), second.revision());
  const v1::ListOwnFeedbackResponse own = OwnOf("ada");
  ASSERT_EQ(own.feedback_size(), 1);
  EXPECT_EQ(own.feedback(0).text(), "Too loud\nat night");
  EXPECT_EQ(own.feedback(0).ratings(0).rating(), 2);
  EXPECT_EQ(OwnOf("bob").feedback_size(), 0);
}

TEST_F(FeedbackServiceTest, AFormShowsTheQuestions) {
  auto set = New<v1::SetFeedbackQuestionsRequest>();
  set.set_name(kPreview);
  set.add_questions()->set_id("speed");
  set.mutable_questions(0)->set_text("Is it fast enough?");
  const auto made = server.Must<v1::FeedbackForm>(server.Token("ROLE_PROGRAM_ADMIN"),
                                                  "FeedbackAdminService/SetFeedbackQuestions", set);
  EXPECT_NE(made.etag(), "");
  const auto form = server.Must<v1::FeedbackForm>(
      server.Token("ada"), "FeedbackService/GetFeedbackForm", FormOf(kPreview, kAda));
  ASSERT_EQ(form.questions_size(), 1);
  EXPECT_EQ(form.questions(0).text(), "Is it fast enough?");
  EXPECT_EQ(form.etag(), "");
}

TEST_F(FeedbackServiceTest, AHiddenItemIsMissing) {
  Give("ada", FeedbackOf("ada"));
  HideItem();
  EXPECT_EQ(OwnOf("ada").feedback_size(), 0);
  EXPECT_THAT(Call("ada", "FeedbackService/GiveFeedback", FeedbackOf("ada")),
              HasReason(Reason::kNotFound));
  const absl::Status hidden =
      Call("ada", "FeedbackService/GetFeedbackForm", FormOf(kPreview, kAda));
  const absl::Status missing =
      Call("ada", "FeedbackService/GetFeedbackForm", FormOf(kAcme + "/items/none", kAda));
  EXPECT_EQ(hidden.message(), kPreview + " was not found");
  EXPECT_EQ(missing.message(), kAcme + "/items/none was not found");
}

TEST_F(FeedbackServiceTest, RequestsAreCheckedFieldByField) {
  const auto refused = [&](auto change) {
    v1::GiveFeedbackRequest request = FeedbackOf("ada");
    change(*request.mutable_feedback());
    return Call("ada", "FeedbackService/GiveFeedback", request);
  };
  EXPECT_THAT(refused([](v1::Feedback& one) { one.clear_item(); }),
              IsInvalidField("feedback.item"));
  EXPECT_THAT(refused([](v1::Feedback& one) { one.set_version(2); }),
              IsInvalidField("feedback.version"));
  EXPECT_THAT(refused([](v1::Feedback& one) { one.mutable_ratings(0)->set_rating(6); }),
              IsInvalidField("feedback.ratings[0].rating"));
  EXPECT_THAT(refused([](v1::Feedback& one) { one.mutable_ratings(0)->set_question("none"); }),
              IsInvalidField("feedback.ratings[0].question"));
  EXPECT_THAT(refused([](v1::Feedback& one) { one.clear_ratings(); }),
              IsInvalidField("feedback.text"));
  EXPECT_THAT(refused([](v1::Feedback& one) { one.set_item(kAcme + "/items/none"); }),
              HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
