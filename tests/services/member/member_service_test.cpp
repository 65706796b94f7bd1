#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "server/core/resource_name.h"
#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using Stub = v1::MemberAdminService::Stub;

class MemberServiceTest : public ::testing::Test {
 protected:
  v1::CreateMemberRequest Create(const std::string& id) {
    v1::CreateMemberRequest request;
    request.set_parent("programs/acme");
    request.set_member_id(id);
    request.mutable_member()->set_display_name("Ada");
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Send(const v1::CreateMemberRequest& request) {
    return Invoke(*server.member_admin, &Stub::CreateMember, request);
  }
  v1::UpdateMemberRequest Update(const v1::Member& member) {
    v1::UpdateMemberRequest request;
    *request.mutable_member() = member;
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Send(const v1::UpdateMemberRequest& request) {
    return Invoke(*server.member_admin, &Stub::UpdateMember, request);
  }
  absl::StatusOr<v1::Member> Get(const std::string& name) {
    v1::GetMemberRequest request;
    request.set_name(name);
    return Invoke(*server.members, &v1::MemberService::Stub::GetMember, request);
  }
  absl::StatusOr<v1::Member> Suspend(const std::string& name) {
    v1::SuspendMemberRequest request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return Invoke(*server.member_admin, &Stub::SuspendMember, request);
  }
  absl::StatusOr<v1::Member> Reinstate(const std::string& name) {
    v1::ReinstateMemberRequest request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return Invoke(*server.member_admin, &Stub::ReinstateMember, request);
  }

  AdminServer server;
};

TEST_F(MemberServiceTest, AMemberIsReadBackAsMade) {
  server.MakeProgram();
  v1::CreateMemberRequest request = Create("ada");
  v1::Member& member = *request.mutable_member();
  member.add_kinds(v1::STAKEHOLDER_KIND_PARTNER);
  member.add_kinds(v1::STAKEHOLDER_KIND_CUSTOMER);
  member.add_facets("parent");
  member.add_facets("cyclist");
  member.set_type(v1::Member::TYPE_STAFF);
  member.set_board_opt_out(true);
  member.mutable_join_time()->set_seconds(1'000'000'000);
  const auto made = Send(request);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->name(), "programs/acme/members/ada");
  EXPECT_THAT(made->kinds(),
              ElementsAre(v1::STAKEHOLDER_KIND_CUSTOMER, v1::STAKEHOLDER_KIND_PARTNER));
  EXPECT_THAT(made->facets(), ElementsAre("cyclist", "parent"));
  EXPECT_EQ(made->type(), v1::Member::TYPE_STAFF);
  EXPECT_EQ(made->standing(), v1::Member::STANDING_GOOD);
  EXPECT_EQ(made->join_time().seconds(), 1'000'000'000);
  EXPECT_EQ(made->revision(), 2);
  EXPECT_EQ(Get(made->name())->SerializeAsString(), made->SerializeAsString());
}

TEST_F(MemberServiceTest, ANewMemberIsAPersonAndACustomer) {
  server.MakeProgram();
  const auto made = Send(Create("ada"));
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(made->kinds(), ElementsAre(v1::STAKEHOLDER_KIND_CUSTOMER));
  EXPECT_EQ(made->type(), v1::Member::TYPE_PERSON);
  EXPECT_EQ(made->join_time().seconds(), made->create_time().seconds());
}

TEST_F(MemberServiceTest, TheServerMakesAnIdOfItsOwnAndARetryGetsTheSame) {
  server.MakeProgram();
  const v1::CreateMemberRequest request = Create("");
  const auto first = Send(request);
  ASSERT_THAT(first, IsOk());
  const std::string id = first->name().substr(std::string("programs/acme/members/").size());
  EXPECT_GE(id.size(), 26U);
  EXPECT_TRUE(IsValidId(id));
  EXPECT_EQ(Send(request)->name(), first->name());
  EXPECT_NE(Send(Create(""))->name(), first->name());
}

TEST_F(MemberServiceTest, CreateRefuses) {
  EXPECT_THAT(Send(Create("ada")), HasReason(Reason::kNotFound));
  server.MakeProgram();
  server.MakeMember("ada");
  EXPECT_THAT(Send(Create("ada")), HasReason(Reason::kAlreadyExists));
  const std::vector<std::pair<std::string, std::function<void(v1::CreateMemberRequest&)>>> cases = {
      {"request_id", [](auto& r) { r.clear_request_id(); }},
      {"parent", [](auto& r) { r.set_parent("programs/"); }},
      {"member_id", [](auto& r) { r.set_member_id("a_b"); }},
      {"member.display_name", [](auto& r) { r.mutable_member()->clear_display_name(); }},
      {"member.kinds",
       [](auto& r) { r.mutable_member()->add_kinds(v1::STAKEHOLDER_KIND_UNSPECIFIED); }},
      {"member.kinds",
       [](auto& r) { r.mutable_member()->add_kinds(static_cast<v1::StakeholderKind>(257)); }},
      {"member.kinds",
       [](auto& r) {
         r.mutable_member()->add_kinds(v1::STAKEHOLDER_KIND_DONOR);
         r.mutable_member()->add_kinds(v1::STAKEHOLDER_KIND_DONOR);
       }},
      {"member.facets", [](auto& r) { r.mutable_member()->add_facets("Not an id"); }},
      {"member.facets",
       [](auto& r) {
         for (int i = 0; i < 65; ++i) {
           r.mutable_member()->add_facets("f" + std::to_string(i));
         }
       }},
      {"member.type",
       [](auto& r) { r.mutable_member()->set_type(static_cast<v1::Member::Type>(9)); }},
      {"member.join_time",
       [](auto& r) { r.mutable_member()->mutable_join_time()->set_seconds(INT64_MAX); }},
  };
  for (const auto& [field, spoil] : cases) {
    v1::CreateMemberRequest request = Create("bob");
    spoil(request);
    EXPECT_THAT(Send(request), IsInvalidField(field));
  }
}

TEST_F(MemberServiceTest, GetRefusesMalformedAndUnknownNames) {
  EXPECT_THAT(Get("ada"), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/none/members/ada"), HasReason(Reason::kNotFound));
  server.MakeProgram();
  EXPECT_THAT(Get("programs/acme/members/ada"), HasReason(Reason::kNotFound));
}

TEST_F(MemberServiceTest, MembersAreListedPageByPage) {
  server.MakeProgram();
  for (const char* id : {"cid", "ada", "bob"}) {
    server.MakeMember(id);
  }
  v1::ListMembersRequest request;
  request.set_parent("programs/acme");
  request.set_page_size(2);
  const auto first = Invoke(*server.member_admin, &Stub::ListMembers, request);
  ASSERT_EQ(first->members_size(), 2);
  std::set<std::string> names = {first->members(0).name(), first->members(1).name()};
  request.set_page_token(first->next_page_token());
  const auto second = Invoke(*server.member_admin, &Stub::ListMembers, request);
  ASSERT_EQ(second->members_size(), 1);
  names.insert(second->members(0).name());
  EXPECT_THAT(names, testing::ElementsAre("programs/acme/members/ada", "programs/acme/members/bob",
                                          "programs/acme/members/cid"));
  EXPECT_EQ(second->next_page_token(), "");

  server.MakeProgram("other");
  request.set_parent("programs/other");
  EXPECT_THAT(Invoke(*server.member_admin, &Stub::ListMembers, request),
              HasReason(Reason::kPageTokenInvalid));
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_THAT(Invoke(*server.member_admin, &Stub::ListMembers, request),
              IsInvalidField("page_size"));
  request.set_page_size(0);
  request.set_parent("programs/none");
  EXPECT_THAT(Invoke(*server.member_admin, &Stub::ListMembers, request),
              HasReason(Reason::kNotFound));
}

TEST_F(MemberServiceTest, AnUpdateChangesTheMaskedFieldsOnly) {
  server.MakeProgram();
  const v1::Member before = server.MakeMember("ada");
  v1::UpdateMemberRequest request = Update(before);
  request.mutable_member()->set_display_name("");
  request.mutable_member()->add_facets("cyclist");
  request.mutable_member()->set_board_opt_out(true);
  request.mutable_update_mask()->add_paths("facets");
  const auto after = Send(request);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->display_name(), before.display_name());
  EXPECT_THAT(after->facets(), ElementsAre("cyclist"));
  EXPECT_FALSE(after->board_opt_out());
  EXPECT_EQ(after->join_time().seconds(), before.join_time().seconds());

  v1::UpdateMemberRequest whole = Update(*after);
  whole.mutable_member()->set_display_name("Lovelace");
  whole.mutable_member()->clear_type();
  whole.mutable_member()->clear_facets();
  const auto replaced = Send(whole);
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ(replaced->display_name(), "Lovelace");
  EXPECT_EQ(replaced->type(), v1::Member::TYPE_PERSON);
  EXPECT_EQ(replaced->facets_size(), 0);
}

TEST_F(MemberServiceTest, AnUpdateJudgesOnlyTheMaskedFields) {
  server.MakeProgram();
  v1::UpdateMemberRequest request = Update(server.MakeMember("ada"));
  request.mutable_member()->add_kinds(v1::STAKEHOLDER_KIND_UNSPECIFIED);
  EXPECT_THAT(Send(request), IsInvalidField("member.kinds"));
  request.mutable_update_mask()->add_paths("board_opt_out");
  EXPECT_THAT(Send(request), IsOk());
}

TEST_F(MemberServiceTest, UpdateRefuses) {
  server.MakeProgram();
  const v1::Member before = server.MakeMember("ada");
  ASSERT_THAT(Send(Update(before)), IsOk());
  EXPECT_THAT(Send(Update(before)), HasReason(Reason::kEtagMismatch));
  v1::UpdateMemberRequest request = Update(before);
  request.mutable_member()->set_name("programs/acme/members/bob");
  EXPECT_THAT(Send(request), HasReason(Reason::kNotFound));
  request.mutable_member()->set_display_name("");
  EXPECT_THAT(Send(request), IsInvalidField("member.display_name"));
  request.mutable_update_mask()->add_paths("join_time");
  EXPECT_THAT(Send(request), IsInvalidField("update_mask"));
  request.mutable_member()->set_name("bob");
  EXPECT_THAT(Send(request), IsInvalidField("member.name"));
  request.set_request_id("");
  EXPECT_THAT(Send(request), IsInvalidField("request_id"));
}

TEST_F(MemberServiceTest, StandingMovesOnlyWhereItMay) {
  server.MakeProgram();
  const std::string name = server.MakeMember("ada").name();
  EXPECT_THAT(Reinstate(name), HasReason(Reason::kMemberNotSuspended));
  EXPECT_EQ(Suspend(name)->standing(), v1::Member::STANDING_SUSPENDED);
  EXPECT_THAT(Suspend(name), HasReason(Reason::kMemberSuspended));
  EXPECT_EQ(Reinstate(name)->standing(), v1::Member::STANDING_GOOD);
  EXPECT_EQ(Get(name)->standing(), v1::Member::STANDING_GOOD);
  for (const auto& move : {std::function([this](const std::string& n) { return Suspend(n); }),
                           std::function([this](const std::string& n) { return Reinstate(n); })}) {
    EXPECT_THAT(move("ada"), IsInvalidField("name"));
    EXPECT_THAT(move("programs/acme/members/none"), HasReason(Reason::kNotFound));
  }
}

TEST_F(MemberServiceTest, NaughtyStringsAreKeptByteForByteOrRefused) {
  const std::vector<std::string> strings = NaughtyStrings();
  if (strings.empty()) {
    PERIGEE_SKIP_OR_FAIL("no naughty strings: set PERIGEE_DATA");
  }
  server.MakeProgram();
  int kept = 0;
  for (const std::string& text : strings) {
    v1::CreateMemberRequest request = Create("");
    request.mutable_member()->set_display_name(text);
    const auto made = Send(request);
    if (made.ok()) {
      EXPECT_EQ(Get(made->name())->display_name(), text);
      ++kept;
    } else {
      EXPECT_THAT(made, IsInvalidField("member.display_name"));
    }
    if (!text.empty()) {
      const auto named = Send(Create(text));
      EXPECT_TRUE(named.ok() ? IsValidId(text) : ReasonOf(named.status()) == Reason::kInvalidField)
          << named.status();
    }
  }
  EXPECT_GT(kept, static_cast<int>(strings.size() / 2));
}

}  // namespace
}  // namespace perigee::tests
