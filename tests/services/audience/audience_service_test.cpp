#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "perigee/v1/activity.pb.h"
#include "perigee/v1/audience.pb.h"
#include "perigee/v1/board.pb.h"
#include "perigee/v1/facet.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Why = std::vector<std::string>;

class AudienceServiceTest : public ::testing::Test {
 protected:
  AudienceServiceTest() {
    // ada is a member of the fixture, with one activity.
    Change("ada", {"cyclist", "maker"});
    Change("bob", {"parent"});
  }

  void Change(const std::string& member, const std::vector<std::string>& facets) {
    v1::UpdateMemberRequest request;
    request.mutable_member()->set_name("programs/acme/members/" + member);
    request.mutable_member()->mutable_facets()->Assign(facets.begin(), facets.end());
    request.mutable_update_mask()->add_paths("facets");
    request.set_request_id(server.NewRequestId());
    server.Must<v1::Member>(root, "MemberAdminService/UpdateMember", request);
  }
  static v1::ListAudienceMembersRequest Asked(const std::string& predicate) {
    v1::ListAudienceMembersRequest request;
    request.set_parent("programs/acme");
    request.set_predicate(predicate);
    return request;
  }
  absl::Status Refusal(const v1::ListAudienceMembersRequest& request) {
    return server.CallWith(root, MethodNamed(kMethod), request);
  }
  // All members of the audience, and why.
  std::map<std::string, Why> All(v1::ListAudienceMembersRequest request, int* pages = nullptr) {
    std::map<std::string, Why> all;
    do {
      const auto answer = server.Must<v1::ListAudienceMembersResponse>(root, kMethod, request);
      for (const v1::AudienceMember& member : answer.members()) {
        const bool is_new =
            all.try_emplace(member.member().substr(22), member.why().begin(), member.why().end())
                .second;
        EXPECT_TRUE(is_new);
        EXPECT_NE(member.display_name(), "");
      }
      request.set_page_token(answer.next_page_token());
      if (pages != nullptr) {
        ++*pages;
      }
    } while (!request.page_token().empty());
    return all;
  }

  static constexpr char kMethod[] = "AudienceAdminService/ListAudienceMembers";
  AccessServer server;
  const std::string root = server.Token("root");
};

TEST_F(AudienceServiceTest, SaysWhoIsInAndWhy) {
  EXPECT_THAT(All(Asked("everybody")),
              UnorderedElementsAre(Pair("ada", Why{"everybody"}), Pair("bob", Why{"everybody"})));
  EXPECT_THAT(All(Asked("facet:cyclist or facet:parent and kind:customer")),
              UnorderedElementsAre(Pair("ada", Why{"facet:cyclist"}),
                                   Pair("bob", Why{"facet:parent", "kind:customer"})));
  EXPECT_THAT(All(Asked("kind:donor")), IsEmpty());
}

TEST_F(AudienceServiceTest, AWithdrawnFacetIsGoneInTheNextCall) {
  EXPECT_THAT(All(Asked("facet:maker")), ElementsAre(Pair("ada", Why{"facet:maker"})));
  Change("ada", {"cyclist"});
  EXPECT_THAT(All(Asked("facet:maker")), IsEmpty());
}

TEST_F(AudienceServiceTest, CountsWhatTheMemberDid) {
  v1::RecordActivityRequest request;
  request.set_parent("programs/acme");
  v1::Activity& activity = *request.mutable_activity();
  activity.set_type("answer");
  activity.set_source("forum");
  const Time now = server.clock.Now();
  for (const int days_ago : {0, 5, 40}) {
    activity.set_actor("programs/acme/members/bob");
    activity.set_recipient("programs/acme/members/ada");
    activity.set_source_event_id(absl::StrCat("bob-", days_ago));
    activity.mutable_occur_time()->set_seconds(ToMicros(now) / 1'000'000 - days_ago * 86'400);
    server.Must<v1::RecordActivityResponse>(root, "ActivityAdminService/RecordActivity", request);
  }
  const Why one = {"activities(answer, 30d) = 2"};
  EXPECT_THAT(All(Asked(one.front())), ElementsAre(Pair("bob", one)));
  const Why all = {"activities(answer, 41d) = 3"};
  EXPECT_THAT(All(Asked(all.front())), ElementsAre(Pair("bob", all)));
  EXPECT_THAT(All(Asked("activities(question, 41d) > 0")), IsEmpty());
  // What was done to ada is not ada's doing.
  EXPECT_THAT(All(Asked("activities(answer, 41d) > 0 and not facet:parent")), IsEmpty());
}

TEST_F(AudienceServiceTest, PagesHoldEachMemberOnce) {
  for (int i = 0; i < 7; ++i) {
    v1::CreateMemberRequest request;
    request.set_parent("programs/acme");
    request.set_member_id(absl::StrCat("m", i));
    request.mutable_member()->set_display_name("M");
    request.mutable_member()->add_facets(i % 2 == 0 ? "even" : "odd");
    request.set_request_id(server.NewRequestId());
    server.Must<v1::Member>(root, "MemberAdminService/CreateMember", request);
  }
  v1::ListAudienceMembersRequest request = Asked("facet:even");
  request.set_page_size(2);
  int pages = 0;
  EXPECT_EQ(All(request, &pages).size(), 4U);
  EXPECT_GE(pages, 2);

  const auto first = server.Must<v1::ListAudienceMembersResponse>(root, kMethod, request);
  request.set_page_token(first.next_page_token());
  request.set_predicate("facet:odd");
  EXPECT_THAT(Refusal(request), HasReason(Reason::kPageTokenInvalid));
}

TEST_F(AudienceServiceTest, RefusesWhatItMust) {
  EXPECT_THAT(Refusal(Asked("")), IsInvalidField("predicate"));
  const absl::Status status = Refusal(Asked("facet:a and age > 30"));
  EXPECT_THAT(status, IsInvalidField("predicate"));
  EXPECT_EQ(MetadataOf(status).at("position"), "13");
  v1::ListAudienceMembersRequest request = Asked("everybody");
  request.set_parent("programs/none");
  EXPECT_THAT(Refusal(request), HasReason(Reason::kNotFound));
  request.set_parent("acme");
  EXPECT_THAT(Refusal(request), IsInvalidField("parent"));
}

TEST_F(AudienceServiceTest, ABoardHasItsAudience) {
  v1::CreateBoardRequest request;
  request.set_parent("programs/acme");
  request.set_board_id("makers");
  request.mutable_board()->set_display_name("Makers");
  request.mutable_board()->set_asset("reputation");
  request.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
  request.mutable_board()->set_audience("facet:maker and not facet:parent");
  request.set_request_id(server.NewRequestId());
  const auto board = server.Must<v1::Board>(root, "BoardAdminService/CreateBoard", request);
  EXPECT_EQ(board.audience(), "facet:maker and not facet:parent");
  const auto members = [&](std::int64_t revision) {
    v1::ListEntriesRequest entries;
    entries.set_parent("programs/acme/boards/makers/periods/all-time");
    entries.set_min_revision(revision);
    const auto page =
        server.Must<v1::ListEntriesResponse>(root, "BoardService/ListEntries", entries);
    std::vector<std::string> found;
    for (const v1::Entry& entry : page.entries()) {
      found.push_back(entry.member().substr(22));
    }
    return found;
  };
  EXPECT_THAT(members(board.revision()), ElementsAre("ada"));

  v1::UpdateBoardRequest update;
  update.mutable_board()->set_name(board.name());
  update.mutable_board()->set_audience("facet:parent");
  update.mutable_update_mask()->add_paths("audience");
  update.set_request_id(server.NewRequestId());
  const auto updated = server.Must<v1::Board>(root, "BoardAdminService/UpdateBoard", update);
  EXPECT_THAT(members(updated.revision()), ElementsAre("bob"));

  update.mutable_board()->set_audience("member_for > 3d");
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(server.CallWith(root, MethodNamed("BoardAdminService/UpdateBoard"), update),
              IsInvalidField("board.audience"));
  update.mutable_board()->set_audience("facet:");
  EXPECT_THAT(server.CallWith(root, MethodNamed("BoardAdminService/UpdateBoard"), update),
              IsInvalidField("board.audience"));
}

TEST_F(AudienceServiceTest, ADemographicFacetNeedsAnOverride) {
  v1::SetFacetTypeRequest define;
  define.mutable_facet_type()->set_name("programs/acme/facetTypes/over-60");
  define.mutable_facet_type()->set_display_name("Over 60");
  define.mutable_facet_type()->set_demographic(true);
  define.set_request_id(server.NewRequestId());
  server.Must<v1::FacetType>(root, "FacetAdminService/SetFacetType", define);
  Change("ada", {"over-60"});

  v1::ListAudienceMembersRequest list = Asked("not facet:cyclist and facet:over-60");
  EXPECT_THAT(Refusal(list), HasReason(Reason::kDemographicAudience));
  list.set_allow_demographic(true);
  EXPECT_THAT(All(list), ElementsAre(Pair("ada", Why{"not facet:cyclist", "facet:over-60"})));

  v1::CreateBoardRequest request;
  request.set_parent("programs/acme");
  request.set_board_id("old");
  request.mutable_board()->set_display_name("Old");
  request.mutable_board()->set_asset("reputation");
  request.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
  request.set_request_id(server.NewRequestId());
  const auto& create = MethodNamed("BoardAdminService/CreateBoard");
  request.mutable_board()->set_audience("facet:over-60");
  EXPECT_THAT(server.CallWith(root, create, request), HasReason(Reason::kDemographicAudience));
  request.mutable_board()->clear_audience();
  request.mutable_board()->set_facet("over-60");
  EXPECT_THAT(server.CallWith(root, create, request), HasReason(Reason::kDemographicAudience));
  request.mutable_board()->set_allow_demographic(true);
  EXPECT_TRUE(
      server.Must<v1::Board>(root, "BoardAdminService/CreateBoard", request).allow_demographic());

  v1::UpdateBoardRequest update;
  update.mutable_board()->set_name("programs/acme/boards/all");
  update.mutable_board()->set_audience("not facet:over-60");
  update.mutable_update_mask()->add_paths("audience");
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(server.CallWith(root, MethodNamed("BoardAdminService/UpdateBoard"), update),
              HasReason(Reason::kDemographicAudience));
}

TEST_F(AudienceServiceTest, AnyStringIsAnswered) {
  const std::vector<std::string> strings = NaughtyStrings();
  if (strings.empty()) {
    PERIGEE_SKIP_OR_FAIL("no naughty strings");
  }
  for (const std::string& text : strings) {
    if (!text.empty()) {
      EXPECT_THAT(Refusal(Asked(text)), IsInvalidField("predicate")) << text;
    }
  }
}

}  // namespace
}  // namespace perigee::tests
