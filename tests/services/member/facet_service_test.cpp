#include "server/services/member/facet_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/facet.pb.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/services/convert.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/names.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kAda = "programs/acme/members/ada";

class FacetServiceTest : public testing::Test {
 protected:
  template <class Request>
  Request About(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::StateFacetRequest State(const std::string& facet) {
    v1::StateFacetRequest request;
    request.set_parent(kAda);
    request.set_facet_id(facet);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ProposeFacetRequest Propose(const std::string& facet) {
    v1::ProposeFacetRequest request;
    request.set_parent(kAda);
    request.set_facet_id(facet);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  std::vector<v1::Facet> ListAs(const std::string& who) {
    v1::ListFacetsRequest request;
    request.set_parent(kAda);
    const auto answer =
        server.Must<v1::ListFacetsResponse>(server.Token(who), "FacetService/ListFacets", request);
    return {answer.facets().begin(), answer.facets().end()};
  }
  v1::Member Ada() {
    v1::GetMemberRequest request;
    request.set_name(kAda);
    return server.Must<v1::Member>(server.Token("ada"), "MemberService/GetMember", request);
  }

  AccessServer server;
};

TEST_F(FacetServiceTest, AWithdrawnFacetIsGoneFromTheBoardWithTheAnswer) {
  ASSERT_THAT(Call("ada", "FacetService/StateFacet", State("cyclist")), IsOk());
  v1::CreateBoardRequest board;
  board.set_parent("programs/acme");
  board.set_board_id("cyclists");
  board.mutable_board()->set_display_name("Cyclists");
  board.mutable_board()->set_asset("reputation");
  board.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
  board.mutable_board()->set_facet("cyclist");
  board.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("root", "BoardAdminService/CreateBoard", board), IsOk());
  // Without min_revision: what the board shows at once.
  const auto entries = [&] {
    v1::ListEntriesRequest list;
    list.set_parent("programs/acme/boards/cyclists/periods/all-time");
    return server
        .Must<v1::ListEntriesResponse>(server.Token("ROLE_MODERATOR"), "BoardService/ListEntries",
                                       list)
        .entries_size();
  };
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(Call("ada", "FacetService/StateFacet", State("cyclist")), IsOk());
    v1::ListEntriesRequest newest;
    newest.set_parent("programs/acme/boards/cyclists/periods/all-time");
    newest.set_min_revision(Ada().revision());
    EXPECT_EQ(server
                  .Must<v1::ListEntriesResponse>(server.Token("ROLE_MODERATOR"),
                                                 "BoardService/ListEntries", newest)
                  .entries_size(),
              1);
    ASSERT_THAT(Call("ada", "FacetService/WithdrawFacet",
                     About<v1::WithdrawFacetRequest>(kAda + "/facets/cyclist")),
                IsOk());
    EXPECT_EQ(entries(), 0);
    EXPECT_THAT(Ada().facets(), IsEmpty());
  }
}

TEST_F(FacetServiceTest, StaffSeeProposedFacetsAndNoWithdrawnOnes) {
  v1::ProposeFacetRequest proposal = Propose("parent");
  proposal.mutable_facet()->set_source(v1::Facet::SOURCE_OBSERVED);
  proposal.mutable_facet()->set_confidence(60);
  ASSERT_THAT(Call("ROLE_INGESTION", "FacetAdminService/ProposeFacet", proposal), IsOk());
  ASSERT_THAT(Call("ada", "FacetService/StateFacet", State("cyclist")), IsOk());
  EXPECT_THAT(Ada().facets(), ElementsAre("cyclist"));
  ASSERT_EQ(ListAs("ROLE_PROGRAM_ADMIN").size(), 2U);
  const v1::Facet proposed = ListAs("ada").at(1);
  EXPECT_EQ(proposed.name(), kAda + "/facets/parent");
  EXPECT_EQ(proposed.state(), v1::Facet::STATE_PROPOSED);
  EXPECT_EQ(proposed.source(), v1::Facet::SOURCE_OBSERVED);
  EXPECT_EQ(proposed.confidence(), 60);
  EXPECT_FALSE(proposed.has_consent_time());

  ASSERT_THAT(
      Call("ada", "FacetService/ConsentToFacet", About<v1::ConsentToFacetRequest>(proposed.name())),
      IsOk());
  EXPECT_THAT(Ada().facets(), ElementsAre("cyclist", "parent"));
  ASSERT_THAT(
      Call("ada", "FacetService/WithdrawFacet", About<v1::WithdrawFacetRequest>(proposed.name())),
      IsOk());
  EXPECT_THAT(Ada().facets(), ElementsAre("cyclist"));
  EXPECT_EQ(ListAs("ROLE_PROGRAM_ADMIN").size(), 1U);
  ASSERT_EQ(ListAs("ada").size(), 2U);
  EXPECT_EQ(ListAs("ada").at(1).state(), v1::Facet::STATE_WITHDRAWN);
  EXPECT_THAT(Call("ROLE_INGESTION", "FacetAdminService/ProposeFacet", Propose("parent")),
              HasReason(Reason::kFacetWithdrawn));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "FacetAdminService/RemoveFacet",
                   About<v1::RemoveFacetRequest>(proposed.name())),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "FacetAdminService/RemoveFacet",
                   About<v1::RemoveFacetRequest>(kAda + "/facets/cyclist")),
              IsOk());
  EXPECT_THAT(Ada().facets(), IsEmpty());
}

TEST_F(FacetServiceTest, SystemsAndStaffAreDifferentSources) {
  ASSERT_THAT(Call("ROLE_INGESTION", "FacetAdminService/ProposeFacet", Propose("a")), IsOk());
  ASSERT_THAT(Call("ROLE_PROGRAM_ADMIN", "FacetAdminService/ProposeFacet", Propose("b")), IsOk());
  v1::UpdateMemberRequest update;
  update.mutable_member()->set_name(kAda);
  update.mutable_member()->add_facets("c");
  update.mutable_update_mask()->add_paths("facets");
  update.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("ROLE_PROGRAM_ADMIN", "MemberAdminService/UpdateMember", update), IsOk());
  const std::vector<v1::Facet> facets = ListAs("ada");
  ASSERT_EQ(facets.size(), 3U);
  EXPECT_EQ(facets[0].source(), v1::Facet::SOURCE_IMPORT);
  EXPECT_EQ(facets[1].source(), v1::Facet::SOURCE_STAFF);
  EXPECT_EQ(facets[2].state(), v1::Facet::STATE_CONSENTED);
  EXPECT_THAT(Ada().facets(), ElementsAre("c"));
}

TEST_F(FacetServiceTest, RefusalsNameTheField) {
  const auto refusal = [&](auto change) {
    v1::ProposeFacetRequest request = Propose("parent");
    change(request);
    return Call("root", "FacetAdminService/ProposeFacet", request);
  };
  EXPECT_THAT(refusal([](auto& r) { r.set_facet_id("Not an id"); }), IsInvalidField("facet_id"));
  EXPECT_THAT(refusal([](auto& r) { r.set_parent("x"); }), IsInvalidField("parent"));
  EXPECT_THAT(refusal([](auto& r) { r.mutable_facet()->set_source(v1::Facet::SOURCE_SELF); }),
              IsInvalidField("facet.source"));
  EXPECT_THAT(refusal([](auto& r) { r.mutable_facet()->set_confidence(101); }),
              IsInvalidField("facet.confidence"));
  EXPECT_THAT(refusal([](auto& r) { r.mutable_facet()->set_confidence(-1); }),
              IsInvalidField("facet.confidence"));
  EXPECT_THAT(refusal([](auto& r) {
                r.mutable_facet()->mutable_start_time()->set_seconds(2);
                r.mutable_facet()->mutable_end_time()->set_seconds(1);
              }),
              IsInvalidField("facet.end_time"));
  EXPECT_THAT(refusal([&](auto& r) {
                *r.mutable_facet()->mutable_consent_time() =
                    services::ToTimestamp(server.clock.Now() + std::chrono::hours(1));
              }),
              IsInvalidField("facet.consent_time"));
  EXPECT_THAT(refusal([](auto& r) { r.set_parent("programs/acme/members/none"); }),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ada", "FacetService/ConsentToFacet",
                   About<v1::ConsentToFacetRequest>(kAda + "/facets/none")),
              HasReason(Reason::kNotFound));
}

TEST_F(FacetServiceTest, ARetryStatesOnce) {
  const v1::StateFacetRequest request = State("cyclist");
  const std::string token = server.Token("ada");
  const auto first = server.Must<v1::Facet>(token, "FacetService/StateFacet", request);
  ASSERT_THAT(
      Call("ada", "FacetService/WithdrawFacet", About<v1::WithdrawFacetRequest>(first.name())),
      IsOk());
  const auto again = server.Must<v1::Facet>(token, "FacetService/StateFacet", request);
  EXPECT_EQ(again.revision(), first.revision());
  EXPECT_THAT(Ada().facets(), IsEmpty());
}

TEST_F(FacetServiceTest, AFacetIsDefinedByTheProgramme) {
  const std::string admin = server.Token("ROLE_PROGRAM_ADMIN");
  v1::SetFacetTypeRequest request;
  request.mutable_facet_type()->set_name("programs/acme/facetTypes/over-60");
  request.mutable_facet_type()->set_display_name("Over 60");
  request.mutable_facet_type()->set_demographic(true);
  request.set_request_id(server.NewRequestId());
  const auto first = server.Must<v1::FacetType>(admin, "FacetAdminService/SetFacetType", request);
  request.mutable_facet_type()->set_display_name("Older than 60");
  request.mutable_facet_type()->set_etag(first.etag());
  request.set_request_id(server.NewRequestId());
  const auto second = server.Must<v1::FacetType>(admin, "FacetAdminService/SetFacetType", request);
  EXPECT_EQ(second.create_time().seconds(), first.create_time().seconds());
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", "FacetAdminService/SetFacetType", request),
              HasReason(Reason::kEtagMismatch));
  request.mutable_facet_type()->clear_display_name();
  EXPECT_THAT(Call("root", "FacetAdminService/SetFacetType", request),
              IsInvalidField("facet_type.display_name"));
  v1::ListFacetTypesRequest list;
  list.set_parent("programs/acme");
  const auto types = server.Must<v1::ListFacetTypesResponse>(server.Token("ada"),
                                                             "FacetService/ListFacetTypes", list);
  ASSERT_EQ(types.facet_types_size(), 1);
  EXPECT_EQ(types.facet_types(0).display_name(), "Older than 60");
  EXPECT_TRUE(types.facet_types(0).demographic());
}

TEST_F(FacetServiceTest, EveryNaughtyStringIsRefusedOrKept) {
  std::vector<std::string> texts = NaughtyStrings();
  if (texts.empty()) {
    PERIGEE_SKIP_OR_FAIL("the data set strings-naughty");
  }
  for (const std::string& text : texts) {
    const absl::Status stated = Call("ada", "FacetService/StateFacet", State(text));
    EXPECT_TRUE(stated.ok() ? IsValidId(text) : ReasonOf(stated) == Reason::kInvalidField)
        << text << ": " << stated;
  }
}

}  // namespace
}  // namespace perigee::tests
