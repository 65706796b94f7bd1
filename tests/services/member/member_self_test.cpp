#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/services/convert.h"
#include "server/services/member/member_service.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

const std::string kAda = "programs/acme/members/ada";

// What members do themselves, and what staff say of them.
class MemberSelfTest : public testing::Test {
 protected:
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  v1::PauseSelfRequest Pause() {
    v1::PauseSelfRequest request;
    request.set_name(kAda);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::SetKindRequest SetKind(v1::StakeholderKind kind) {
    v1::SetKindRequest request;
    request.set_parent(kAda);
    request.mutable_kind_term()->set_kind(kind);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::UpdateSelfRequest Update() {
    v1::UpdateSelfRequest request;
    request.mutable_member()->set_name(kAda);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Member Ada() {
    v1::GetMemberRequest request;
    request.set_name(kAda);
    return server.Must<v1::Member>(server.Token("ada"), "MemberService/GetMember", request);
  }

  AccessServer server;
};

TEST_F(MemberSelfTest, APauseLastsUntilItsEndOrUntilItIsEnded) {
  v1::PauseSelfRequest request = Pause();
  *request.mutable_end_time() = services::ToTimestamp(server.clock.Now() + hours(1));
  const auto paused =
      server.Must<v1::Member>(server.Token("ada"), "MemberService/PauseSelf", request);
  EXPECT_EQ(paused.pause().end_time().seconds(), request.end_time().seconds());
  EXPECT_EQ(Ada().pause().start_time().seconds(), paused.pause().start_time().seconds());
  server.clock.Advance(std::chrono::minutes(10));
  ASSERT_THAT(Call("ada", "MemberService/PauseSelf", Pause()), IsOk());  // Now without an end.
  EXPECT_EQ(Ada().pause().start_time().seconds(), paused.pause().start_time().seconds());
  EXPECT_FALSE(Ada().pause().has_end_time());

  v1::ResumeSelfRequest resume;
  resume.set_name(kAda);
  resume.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("ada", "MemberService/ResumeSelf", resume), IsOk());
  EXPECT_FALSE(Ada().has_pause());
  const std::int64_t revision = Ada().revision();
  resume.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("ada", "MemberService/ResumeSelf", resume), IsOk());
  EXPECT_EQ(Ada().revision(), revision);

  request = Pause();
  *request.mutable_end_time() = services::ToTimestamp(server.clock.Now());
  EXPECT_THAT(Call("ada", "MemberService/PauseSelf", request), IsInvalidField("end_time"));
  request.set_name("programs/acme/members/bob");
  EXPECT_THAT(Call("ada", "MemberService/PauseSelf", request), HasReason(Reason::kNotFound));
}

TEST_F(MemberSelfTest, MembersSayWhatDrivesThemAndTheirHandle) {
  v1::UpdateSelfRequest request = Update();
  request.mutable_member()->add_motives(v1::MOTIVE_LEARNING);
  request.mutable_member()->add_motives(v1::MOTIVE_RECOGNITION);
  request.mutable_member()->set_handle("Zoë");
  request.mutable_update_mask()->add_paths("motives");
  request.mutable_update_mask()->add_paths("handle");
  ASSERT_THAT(Call("ada", "MemberService/UpdateSelf", request), IsOk());
  EXPECT_THAT(Ada().motives(), ElementsAre(v1::MOTIVE_RECOGNITION, v1::MOTIVE_LEARNING));
  EXPECT_EQ(Ada().handle(), "Zoë");
  v1::GetProfileRequest profile;
  profile.set_name(kAda);
  EXPECT_EQ(
      server.Must<v1::Profile>(server.Token("ada"), "MemberService/GetProfile", profile).handle(),
      "Zoë");

  v1::UpdateMemberRequest other;
  other.mutable_member()->set_name("programs/acme/members/bob");
  other.mutable_member()->set_handle("ZOE\xCC\x88");
  other.mutable_update_mask()->add_paths("handle");
  other.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "MemberAdminService/UpdateMember", other),
              HasReason(Reason::kAlreadyExists));

  request.mutable_member()->add_motives(v1::MOTIVE_LEARNING);
  EXPECT_THAT(Call("ada", "MemberService/UpdateSelf", request), IsInvalidField("member.motives"));
  request.mutable_member()->clear_motives();
  request.mutable_member()->add_motives(v1::MOTIVE_UNSPECIFIED);
  EXPECT_THAT(Call("ada", "MemberService/UpdateSelf", request), IsInvalidField("member.motives"));
  request.mutable_member()->clear_motives();
  request.mutable_member()->set_handle("a b");
  EXPECT_THAT(Call("ada", "MemberService/UpdateSelf", request), IsInvalidField("member.handle"));
  request.mutable_member()->set_handle(std::string(65, 'a'));
  EXPECT_THAT(Call("ada", "MemberService/UpdateSelf", request), IsInvalidField("member.handle"));
}

TEST_F(MemberSelfTest, AKindHasATerm) {
  v1::SetKindRequest request = SetKind(v1::STAKEHOLDER_KIND_EMPLOYEE);
  *request.mutable_kind_term()->mutable_end_time() =
      services::ToTimestamp(server.clock.Now() + hours(1));
  ASSERT_THAT(Call("ROLE_PROGRAM_ADMIN", "MemberAdminService/SetKind", request), IsOk());
  EXPECT_THAT(Ada().kinds(),
              ElementsAre(v1::STAKEHOLDER_KIND_CUSTOMER, v1::STAKEHOLDER_KIND_EMPLOYEE));
  v1::ListKindsRequest list;
  list.set_parent(kAda);
  const auto listed = server.Must<v1::ListKindsResponse>(server.Token("ROLE_MODERATOR"),
                                                         "MemberAdminService/ListKinds", list);
  ASSERT_EQ(listed.kind_terms_size(), 1);
  EXPECT_EQ(listed.kind_terms(0).kind(), v1::STAKEHOLDER_KIND_EMPLOYEE);
  EXPECT_FALSE(listed.kind_terms(0).has_start_time());

  EXPECT_THAT(Call("root", "MemberAdminService/SetKind", SetKind(v1::STAKEHOLDER_KIND_UNSPECIFIED)),
              IsInvalidField("kind_term.kind"));
  request.mutable_kind_term()->mutable_start_time()->set_seconds(4'000'000'000);
  EXPECT_THAT(Call("root", "MemberAdminService/SetKind", request),
              IsInvalidField("kind_term.end_time"));
  request = SetKind(v1::STAKEHOLDER_KIND_DONOR);
  request.set_parent("programs/acme/members/none");
  EXPECT_THAT(Call("root", "MemberAdminService/SetKind", request), HasReason(Reason::kNotFound));
}

TEST_F(MemberSelfTest, ALinkFindsAMemberAndLetsNobodyIn) {
  v1::CreateIdentityRequest link;
  link.set_parent("programs/acme/members/bob");
  link.mutable_identity()->set_issuer(server.kIssuer);
  link.mutable_identity()->set_subject("robert");
  link.mutable_identity()->set_link(true);
  link.mutable_identity()->set_confidence(80);
  link.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("ROLE_INGESTION", "AccessAdminService/CreateIdentity", link), IsOk());
  v1::GetSelfRequest self;
  self.set_parent("programs/acme");
  EXPECT_THAT(Call("robert", "MemberService/GetSelf", self), HasReason(Reason::kNotFound));

  v1::FindIdentityRequest find;
  find.set_parent("programs/acme");
  find.set_issuer(server.kIssuer);
  find.set_subject("robert");
  const auto found = server.Must<v1::Identity>(server.Token("ROLE_INGESTION"),
                                               "AccessAdminService/FindIdentity", find);
  EXPECT_TRUE(found.name().starts_with("programs/acme/members/bob/identities/"));
  EXPECT_TRUE(found.link());
  EXPECT_EQ(found.confidence(), 80);
  find.set_subject("nobody");
  EXPECT_THAT(Call("root", "AccessAdminService/FindIdentity", find), HasReason(Reason::kNotFound));
  find.clear_subject();
  EXPECT_THAT(Call("root", "AccessAdminService/FindIdentity", find), IsInvalidField("subject"));
  find.clear_issuer();
  EXPECT_THAT(Call("root", "AccessAdminService/FindIdentity", find), IsInvalidField("issuer"));

  link.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", "AccessAdminService/CreateIdentity", link),
              HasReason(Reason::kAlreadyExists));
  link.mutable_identity()->set_confidence(101);
  EXPECT_THAT(Call("root", "AccessAdminService/CreateIdentity", link),
              IsInvalidField("identity.confidence"));
  link.mutable_identity()->set_link(false);
  link.mutable_identity()->set_confidence(80);
  EXPECT_THAT(Call("root", "AccessAdminService/CreateIdentity", link),
              IsInvalidField("identity.confidence"));
}

}  // namespace
}  // namespace perigee::tests
