#include "server/services/idea/feedback_admin_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/services/idea/idea_server.h"

namespace perigee::tests {
namespace {

using testing::ElementsAre;

class FeedbackAdminServiceTest : public IdeaServerTest {
 protected:
  absl::Status Ask(const std::string& id, const std::string& text, const std::string& etag = "") {
    auto request = New<v1::SetFeedbackQuestionsRequest>();
    request.set_name(kPreview);
    request.set_etag(etag);
    v1::FeedbackQuestion& question = *request.add_questions();
    question.set_id(id);
    question.set_text(text);
    return Call("ROLE_PROGRAM_ADMIN", "FeedbackAdminService/SetFeedbackQuestions", request);
  }
  v1::FeedbackSummary Summary(int version = 0) {
    v1::SummarizeFeedbackRequest request;
    request.set_name(kPreview);
    request.set_version(version);
    return server.Must<v1::FeedbackSummary>(server.Token("ROLE_PROGRAM_ADMIN"),
                                            "FeedbackAdminService/SummarizeFeedback", request);
  }
};

TEST_F(FeedbackAdminServiceTest, StaffReadAndCountFeedback) {
  ASSERT_THAT(Ask("speed", "Is it fast enough?"), IsOk());
  v1::GiveFeedbackRequest full = FeedbackOf("ada", 5);
  full.mutable_feedback()->add_ratings()->set_question("speed");
  full.mutable_feedback()->mutable_ratings(1)->set_rating(1);
  full.mutable_feedback()->set_text("Bright");
  Give("ada", full);
  Give("bob", FeedbackOf("bob", 5));
  v1::ListFeedbackRequest request;
  request.set_parent(kPreview);
  request.set_page_size(1);
  std::string members;
  do {
    const auto page = server.Must<v1::ListFeedbackResponse>(
        server.Token("ROLE_PROGRAM_ADMIN"), "FeedbackAdminService/ListFeedback", request);
    for (const v1::Feedback& one : page.feedback()) {
      members += one.member() + " ";
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(members, kAda + " " + kBob + " ");
  const v1::FeedbackSummary summary = Summary();
  EXPECT_EQ(summary.feedback(), 2);
  EXPECT_EQ(summary.persons(), 2);
  EXPECT_EQ(summary.texts(), 1);
  ASSERT_EQ(summary.questions_size(), 2);
  EXPECT_EQ(summary.questions(0).id(), "");
  EXPECT_THAT(summary.questions(0).counts(), ElementsAre(0, 0, 0, 0, 2));
  EXPECT_EQ(summary.questions(1).text(), "Is it fast enough?");
  EXPECT_THAT(summary.questions(1).counts(), ElementsAre(1, 0, 0, 0, 0));
  EXPECT_EQ(Summary(2).feedback(), 0);
}

TEST_F(FeedbackAdminServiceTest, EveryRefusal) {
  EXPECT_THAT(Ask("Speed", "Fast?"), IsInvalidField("questions[0].id"));
  EXPECT_THAT(Ask("speed", ""), IsInvalidField("questions[0].text"));
  EXPECT_THAT(Ask("speed", "Fast?", "r1"), HasReason(Reason::kEtagMismatch));
  auto missing = New<v1::SetFeedbackQuestionsRequest>();
  missing.set_name(kAcme + "/items/none");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "FeedbackAdminService/SetFeedbackQuestions", missing),
              HasReason(Reason::kNotFound));
  v1::ListFeedbackRequest list;
  list.set_parent(kAcme + "/items/none");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "FeedbackAdminService/ListFeedback", list),
              HasReason(Reason::kNotFound));
  list.set_parent(kPreview);
  list.set_version(-1);
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "FeedbackAdminService/ListFeedback", list),
              IsInvalidField("version"));
  v1::SummarizeFeedbackRequest summary;
  summary.set_name(kPreview);
  summary.set_version(-1);
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "FeedbackAdminService/SummarizeFeedback", summary),
              IsInvalidField("version"));
}

}  // namespace
}  // namespace perigee::tests
