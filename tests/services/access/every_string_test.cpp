// Lets a member with each string of the data sets as subject and as name sign in.

#include <atomic>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/text.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"

namespace perigee::tests {
namespace {

constexpr int kCallers = 16;  // So that many writes share a commit.
constexpr std::size_t kNameBytesMax = 200;

class EveryStringTest : public testing::Test {
 protected:
  // Whether the string was taken as a name and as a subject, and came back from a sign-in.
  bool ComesBack(const std::string& text, std::size_t number) {
    const std::string id = "s-" + std::to_string(number);
    const std::string name = "programs/acme/members/" + id;
    v1::CreateMemberRequest create;
    create.set_parent("programs/acme");
    create.set_member_id(id);
    create.mutable_member()->set_display_name(text);
    create.set_request_id(server.NewRequestId());
    const absl::Status created =
        server.CallWith(root, MethodNamed("MemberAdminService/CreateMember"), create);
    const bool is_name = CheckText("name", text, 1, kNameBytesMax).ok();
    EXPECT_EQ(created.ok(), is_name) << text;
    if (!is_name) {
      EXPECT_THAT(created, IsInvalidField("member.display_name")) << text;
      create.mutable_member()->set_display_name("Somebody");
      create.set_request_id(server.NewRequestId());
      server.Must<v1::Member>(root, "MemberAdminService/CreateMember", create);
    }
    v1::CreateIdentityRequest identify;
    identify.set_parent(name);
    identify.mutable_identity()->set_issuer(server.kIssuer);
    identify.mutable_identity()->set_subject(text);
    identify.set_request_id(server.NewRequestId());
    const absl::Status identified =
        server.CallWith(root, MethodNamed("AccessAdminService/CreateIdentity"), identify);
    v1::GetSelfRequest get;
    get.set_parent("programs/acme");
    if (!CheckText("subject", text, 1, 255).ok()) {
      EXPECT_THAT(identified, IsInvalidField("identity.subject")) << text;
      EXPECT_THAT(server.CallWith(server.Token(text), MethodNamed("MemberService/GetSelf"), get),
                  HasReason(Reason::kUnauthenticated))
          << text;
      return false;
    }
    EXPECT_THAT(identified, IsOk()) << text;
    const auto self = server.Must<v1::Self>(server.Token(text), "MemberService/GetSelf", get);
    EXPECT_EQ(self.member().name(), name) << text;
    EXPECT_EQ(self.member().display_name(), create.member().display_name());
    return is_name;
  }

  AccessServer server;
  const std::string root = server.Token("root");
};

TEST_F(EveryStringTest, IsANameAndASubjectOrIsRefused) {
  std::set<std::string> distinct;
  for (const std::string& text : NaughtyStrings()) {
    distinct.insert(text);
  }
  std::ifstream names(SharedData("strings-names/names.csv"));
  if (distinct.empty() || !names) {
    PERIGEE_SKIP_OR_FAIL("the data sets strings-naughty and strings-names");
  }
  for (std::string line; std::getline(names, line);) {
    distinct.insert(line.substr(line.rfind(',') + 1));
  }
  // A text of a message cannot hold broken UTF-8; a token's claims are tested with it elsewhere.
  std::erase_if(distinct, [](const std::string& text) { return !IsValidUtf8(text); });
  distinct.erase("ada");  // A subject of the fixture.
  const std::vector<std::string> texts(distinct.begin(), distinct.end());
  std::atomic<std::size_t> next{0};
  std::atomic<int> came_back{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      for (std::size_t n = next++; n < texts.size(); n = next++) {
        came_back += ComesBack(texts[n], n) ? 1 : 0;
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  std::printf("%zu strings, %d came back\n", texts.size(), came_back.load());
  EXPECT_GT(came_back, static_cast<int>(texts.size() * 9 / 10));
}

}  // namespace
}  // namespace perigee::tests
