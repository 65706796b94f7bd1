#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Stub = v1::MemberAdminService::Stub;

class SearchMembersTest : public testing::Test {
 protected:
  SearchMembersTest() { server.MakeProgram(); }

  void Make(const std::string& id, const std::string& name, const std::string& handle = "") {
    v1::CreateMemberRequest request;
    request.set_parent("programs/acme");
    request.set_member_id(id);
    request.mutable_member()->set_display_name(name);
    request.mutable_member()->set_handle(handle);
    request.set_request_id(server.NewRequestId());
    EXPECT_THAT(Invoke(*server.member_admin, &Stub::CreateMember, request), IsOk()) << name;
  }
  absl::StatusOr<v1::SearchMembersResponse> Ask(const std::string& query, int page_size = 0,
                                                const std::string& token = "") {
    v1::SearchMembersRequest request;
    request.set_parent("programs/acme");
    request.set_query(query);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return Invoke(*server.member_admin, &Stub::SearchMembers, request);
  }
  std::vector<std::string> Found(const std::string& query) {
    const auto answer = Ask(query, 1000);
    EXPECT_THAT(answer, IsOk()) << query;
    std::vector<std::string> ids;
    const v1::SearchMembersResponse response = answer.value_or(v1::SearchMembersResponse());
    for (const v1::Member& member : response.members()) {
      ids.push_back(member.name().substr(member.name().rfind('/') + 1));
    }
    return ids;
  }

  AdminServer server;
};

TEST_F(SearchMembersTest, NamesAndHandlesAreFoundByAnyPart) {
  Make("a", "Ada Lovelace", "Countess");
  Make("b", "Zoë Weiß");
  EXPECT_THAT(Found("love"), ElementsAre("a"));
  EXPECT_THAT(Found("COUNT"), ElementsAre("a"));
  EXPECT_THAT(Found("zoe\xCC\x88"), ElementsAre("b"));
  EXPECT_THAT(Found("WEISS"), ElementsAre("b"));
  EXPECT_THAT(Found("zoe"), IsEmpty());
  EXPECT_THAT(Found("lacecount"), IsEmpty());  // The end of a name and the begin of a handle.
}

TEST_F(SearchMembersTest, ASearchKnowsEveryChangeBeforeIt) {
  Make("a", "Ada");
  EXPECT_THAT(Found("a"), ElementsAre("a"));
  Make("b", "Barbara");
  EXPECT_THAT(Found("a"), ElementsAre("a", "b"));
  v1::UpdateMemberRequest update;
  update.mutable_member()->set_name("programs/acme/members/a");
  update.mutable_member()->set_display_name("Eve");
  update.mutable_update_mask()->add_paths("display_name");
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Invoke(*server.member_admin, &Stub::UpdateMember, update), IsOk());
  EXPECT_THAT(Found("ada"), IsEmpty());
  EXPECT_THAT(Found("eve"), ElementsAre("a"));
}

TEST_F(SearchMembersTest, PagesAreStableWhileMembersCome) {
  for (const char* id : {"b", "d", "f", "h"}) {
    Make(id, std::string("Ann ") + id);
  }
  auto page = Ask("ann", 2);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->members_size(), 2);
  Make("a", "Ann a");
  Make("e", "Ann e");
  std::vector<std::string> rest;
  while (!page->next_page_token().empty()) {
    page = Ask("ann", 2, page->next_page_token());
    ASSERT_THAT(page, IsOk());
    for (const v1::Member& member : page->members()) {
      rest.push_back(member.display_name());
    }
  }
  EXPECT_THAT(rest, ElementsAre("Ann e", "Ann f", "Ann h"));
  EXPECT_THAT(Ask("other", 2, Ask("ann", 2)->next_page_token()),
              HasReason(Reason::kPageTokenInvalid));
}

TEST_F(SearchMembersTest, ADeletedProgrammeIsForgotten) {
  Make("a", "Ada");
  EXPECT_THAT(Found("ada"), ElementsAre("a"));
  v1::CloseProgramRequest close;
  close.set_name("programs/acme");
  close.set_request_id(server.NewRequestId());
  EXPECT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::CloseProgram, close),
              IsOk());
  v1::DeleteProgramRequest deletion;
  deletion.set_name("programs/acme");
  deletion.set_confirmed_name("programs/acme");
  deletion.set_request_id(server.NewRequestId());
  EXPECT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::DeleteProgram, deletion),
              IsOk());
  EXPECT_THAT(Ask("ada"), HasReason(Reason::kNotFound));
}

TEST_F(SearchMembersTest, EveryNaughtyQueryIsRefusedOrAnswered) {
  const std::vector<std::string> texts = NaughtyStrings();
  if (texts.empty()) {
    PERIGEE_SKIP_OR_FAIL("the data set strings-naughty");
  }
  int kept = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    v1::CreateMemberRequest request;
    request.set_parent("programs/acme");
    request.set_member_id("m-" + std::to_string(i));
    request.mutable_member()->set_display_name(texts[i]);
    request.set_request_id(server.NewRequestId());
    const auto made = Invoke(*server.member_admin, &Stub::CreateMember, request);
    const auto asked = Ask(texts[i], 1000);
    if (asked.ok() && made.ok()) {
      const std::vector<std::string> ids = Found(texts[i]);
      EXPECT_EQ(std::ranges::count(ids, "m-" + std::to_string(i)), 1) << texts[i];
      ++kept;
    } else if (!asked.ok()) {
      EXPECT_THAT(asked, IsInvalidField("query")) << texts[i];
    }
    v1::UpdateMemberRequest handle;
    handle.mutable_member()->set_name("programs/acme/members/m-0");
    handle.mutable_member()->set_handle(texts[i]);
    handle.mutable_update_mask()->add_paths("handle");
    handle.set_request_id(server.NewRequestId());
    const auto set = Invoke(*server.member_admin, &Stub::UpdateMember, handle);
    if (!set.ok() && ReasonOf(set.status()) != Reason::kNotFound) {
      EXPECT_THAT(set, IsInvalidField("member.handle")) << texts[i];
    }
  }
  EXPECT_GT(kept, static_cast<int>(texts.size() / 2));
}

TEST_F(SearchMembersTest, AQueryShowsSomething) {
  EXPECT_THAT(Ask(""), IsInvalidField("query"));
  EXPECT_THAT(Ask(std::string(201, 'a')), IsInvalidField("query"));
  EXPECT_THAT(Ask("a\nb"), IsInvalidField("query"));
  EXPECT_THAT(Ask("\u200B\u00AD"), IsInvalidField("query"));
}

}  // namespace
}  // namespace perigee::tests
