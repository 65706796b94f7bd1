#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/feedback.pb.h"
#include "perigee/v1/idea.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/idea/put_item.h"

namespace perigee::tests {

inline const std::string kAcme = "programs/acme";
inline const std::string kAda = kAcme + "/members/ada";
inline const std::string kBob = kAcme + "/members/bob";
inline const std::string kPreview = kAcme + "/items/preview";

// In `acme`, the item `preview` is open to everybody under embargo. Ada, who has an idea, and bob
// sign in by their names.
class IdeaServerTest : public testing::Test {
 protected:
  IdeaServerTest() {
    server.Identify(kBob, "bob");
    PutItem(server, "acme", OpenItemOf("preview"));
  }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  void HideItem() {
    domain::InsiderItem item = OpenItemOf("preview");
    item.withdraw_time = server.clock.Now();
    PutItem(server, "acme", item);
  }
  // A request with a new id.
  template <class Request>
  Request New() {
    Request request;
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Idea Submit(const std::string& who, const std::string& item = "") {
    auto request = New<v1::SubmitIdeaRequest>();
    request.set_parent(kAcme + "/members/" + who);
    request.mutable_idea()->set_item(item);
    request.mutable_idea()->set_title("A basket");
    return server.Must<v1::Idea>(server.Token(who), "IdeaService/SubmitIdea", request);
  }
  template <class Request>
  Request Voting(const std::string& idea, const std::string& member) {
    auto request = New<Request>();
    request.set_name(idea);
    request.set_member(member);
    return request;
  }
  // All pages.
  std::vector<v1::Idea> IdeasOf(const std::string& who, int page_size = 0) {
    v1::ListIdeasRequest request;
    request.set_parent(kAcme + "/members/" + who);
    request.set_page_size(page_size);
    std::vector<v1::Idea> ideas;
    do {
      const auto page =
          server.Must<v1::ListIdeasResponse>(server.Token(who), "IdeaService/ListIdeas", request);
      EXPECT_TRUE(page_size == 0 || page.next_page_token().empty() ||
                  page.ideas_size() == page_size);
      ideas.insert(ideas.end(), page.ideas().begin(), page.ideas().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return ideas;
  }
  v1::MoveIdeaRequest Moving(const std::string& idea, v1::Idea::State state) {
    auto request = New<v1::MoveIdeaRequest>();
    request.set_name(idea);
    request.set_state(state);
    return request;
  }
  v1::Idea MoveOn(const std::string& idea, v1::Idea::State state) {
    return server.Must<v1::Idea>(server.Token("ROLE_PROGRAM_ADMIN"), "IdeaAdminService/MoveIdea",
                                 Moving(idea, state));
  }
  v1::GiveFeedbackRequest FeedbackOf(const std::string& who, int rating = 4) {
    auto request = New<v1::GiveFeedbackRequest>();
    request.set_parent(kAcme + "/members/" + who);
    request.mutable_feedback()->set_item(kPreview);
    request.mutable_feedback()->add_ratings()->set_rating(rating);
    return request;
  }
  v1::Feedback Give(const std::string& who, const v1::GiveFeedbackRequest& request) {
    return server.Must<v1::Feedback>(server.Token(who), "FeedbackService/GiveFeedback", request);
  }

  AccessServer server;
  const std::string adas_idea = kAcme + server.acme.idea;
};

}  // namespace perigee::tests
