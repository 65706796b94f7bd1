#include "server/services/member/invitation_service.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/invitation.pb.h"
#include "server/core/error.h"
#include "server/services/convert.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"

namespace perigee::tests {
namespace {

using std::chrono::hours;

const std::string kAcme = "programs/acme";

class InvitationServiceTest : public testing::Test {
 protected:
  v1::CreateInvitationRequest NewInvitation() {
    v1::CreateInvitationRequest request;
    request.set_parent(kAcme);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Invitation Create(const v1::CreateInvitationRequest& request) {
    return server.Must<v1::Invitation>(admin, "InvitationAdminService/CreateInvitation", request);
  }
  std::string NewToken() { return Create(NewInvitation()).token(); }
  static v1::JoinProgramRequest JoinBy(const std::string& token,
                                       const std::string& parent = kAcme) {
    v1::JoinProgramRequest request;
    request.set_parent(parent);
    request.set_token(token);
    request.set_display_name("Eve");
    return request;
  }
  absl::Status Join(const std::string& who, const v1::JoinProgramRequest& request) {
    return server.CallWith(server.Token(who), MethodNamed("MemberService/JoinProgram"), request);
  }

  AccessServer server;
  const std::string admin = server.Token("ROLE_PROGRAM_ADMIN");
};

TEST_F(InvitationServiceTest, AStrangerJoinsAndIsAMemberAtOnce) {
  v1::CreateInvitationRequest request = NewInvitation();
  request.mutable_invitation()->set_inviter(kAcme + "/members/ada");
  const v1::Invitation invitation = Create(request);
  EXPECT_EQ(invitation.state(), v1::Invitation::STATE_OPEN);
  EXPECT_EQ(invitation.inviter(), kAcme + "/members/ada");
  EXPECT_EQ(invitation.token().size(), 68U);

  v1::GetSelfRequest self;
  self.set_parent(kAcme);
  const auto who = [&] {
    return server.CallWith(server.Token("newcomer"), MethodNamed("MemberService/GetSelf"), self);
  };
  EXPECT_THAT(who(), HasReason(Reason::kNotFound));
  const auto member = server.Must<v1::Member>(server.Token("newcomer"), "MemberService/JoinProgram",
                                              JoinBy(invitation.token()));
  EXPECT_EQ(member.display_name(), "Eve");
  EXPECT_EQ(member.inviter(), kAcme + "/members/ada");
  EXPECT_THAT(who(), IsOk());
  const auto again = server.Must<v1::Member>(server.Token("newcomer"), "MemberService/JoinProgram",
                                             JoinBy(invitation.token()));
  EXPECT_EQ(again.name(), member.name());
  EXPECT_EQ(again.revision(), member.revision());

  v1::ListInvitationsRequest list;
  list.set_parent(kAcme);
  const auto listed = server.Must<v1::ListInvitationsResponse>(
      admin, "InvitationAdminService/ListInvitations", list);
  ASSERT_EQ(listed.invitations_size(), 2);  // One is the fixture's.
  const auto used =
      std::find_if(listed.invitations().begin(), listed.invitations().end(),
                   [&](const v1::Invitation& one) { return one.name() == invitation.name(); });
  ASSERT_NE(used, listed.invitations().end());
  EXPECT_EQ(used->state(), v1::Invitation::STATE_JOINED);
  EXPECT_EQ(used->member(), member.name());
  EXPECT_EQ(used->token(), "");
}

TEST_F(InvitationServiceTest, AReplayHasNoToken) {
  const v1::CreateInvitationRequest request = NewInvitation();
  const v1::Invitation first = Create(request);
  const v1::Invitation again = Create(request);
  EXPECT_EQ(again.name(), first.name());
  EXPECT_EQ(again.token(), "");
  EXPECT_THAT(Join("newcomer", JoinBy(first.token())), IsOk());
}

TEST_F(InvitationServiceTest, WithoutAGoodTokenEverythingAnswersAlike) {
  const std::string used = NewToken();
  ASSERT_THAT(Join("eve", JoinBy(used)), IsOk());
  const v1::Invitation revoked = Create(NewInvitation());
  v1::RevokeInvitationRequest revoke;
  revoke.set_name(revoked.name());
  revoke.set_request_id(server.NewRequestId());
  server.Must<v1::Invitation>(admin, "InvitationAdminService/RevokeInvitation", revoke);
  revoke.set_request_id(server.NewRequestId());
  EXPECT_THAT(
      server.CallWith(admin, MethodNamed("InvitationAdminService/RevokeInvitation"), revoke),
      HasReason(Reason::kInvitationNotOpen));
  v1::CreateInvitationRequest short_lived = NewInvitation();
  *short_lived.mutable_invitation()->mutable_expire_time() =
      services::ToTimestamp(server.clock.Now() + hours(1));
  const std::string expired = Create(short_lived).token();
  std::string of_umbrella = NewToken();
  server.clock.Advance(hours(1));

  const absl::Status first = Join("stranger", JoinBy(used));
  EXPECT_THAT(first, HasReason(Reason::kNotFound));
  for (const std::string& token : {revoked.token(), expired, std::string(), std::string("x"),
                                   std::string("pgi_") + std::string(64, 'A')}) {
    EXPECT_EQ(Join("stranger", JoinBy(token)), first) << token;
  }
  // A good token of another programme, a programme that is not there, and a closed one.
  const auto as_acme = [](absl::Status status, const std::string& program) {
    std::string text(status.message());
    return text.replace(text.find(program), program.size(), "acme");
  };
  for (const std::string program : {"umbrella", "parasols"}) {
    const absl::Status other = Join("stranger", JoinBy(of_umbrella, "programs/" + program));
    EXPECT_THAT(other, HasReason(Reason::kNotFound));
    EXPECT_EQ(as_acme(other, program), std::string(first.message()));
  }
  v1::CloseProgramRequest close;
  close.set_name(kAcme);
  close.set_request_id(server.NewRequestId());
  server.Must<v1::Program>(admin, "ProgramAdminService/CloseProgram", close);
  EXPECT_EQ(Join("stranger", JoinBy(used)), first);
  EXPECT_THAT(Join("stranger", JoinBy(of_umbrella)), HasReason(Reason::kProgramClosed));
}

TEST_F(InvitationServiceTest, AMemberMadeBeforeIsClaimed) {
  v1::CreateInvitationRequest request = NewInvitation();
  request.mutable_invitation()->set_member(kAcme + "/members/bob");
  v1::JoinProgramRequest join = JoinBy(Create(request).token());
  join.clear_display_name();
  const auto member =
      server.Must<v1::Member>(server.Token("robert"), "MemberService/JoinProgram", join);
  EXPECT_EQ(member.name(), kAcme + "/members/bob");
  EXPECT_EQ(member.display_name(), "Member bob");
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(
      server.CallWith(admin, MethodNamed("InvitationAdminService/CreateInvitation"), request),
      HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(Join("robert", JoinBy(NewToken())), HasReason(Reason::kAlreadyExists));
}

TEST_F(InvitationServiceTest, RefusalsNameTheField) {
  const auto refusal = [&](auto change) {
    v1::CreateInvitationRequest request = NewInvitation();
    change(request);
    return server.CallWith(admin, MethodNamed("InvitationAdminService/CreateInvitation"), request);
  };
  EXPECT_THAT(refusal([](auto& r) { r.set_request_id("x"); }), IsInvalidField("request_id"));
  EXPECT_THAT(refusal([](auto& r) { r.mutable_invitation()->set_member("x"); }),
              IsInvalidField("invitation.member"));
  EXPECT_THAT(refusal([](auto& r) {
                r.mutable_invitation()->set_inviter("programs/umbrella/members/ada");
              }),
              IsInvalidField("invitation.inviter"));
  EXPECT_THAT(
      refusal([](auto& r) { r.mutable_invitation()->set_inviter("programs/acme/members/none"); }),
      HasReason(Reason::kNotFound));
  EXPECT_THAT(refusal([](auto& r) { r.mutable_invitation()->mutable_expire_time(); }),
              IsInvalidField("invitation.expire_time"));
  v1::JoinProgramRequest join = JoinBy(NewToken());
  join.clear_display_name();
  EXPECT_THAT(Join("newcomer", join), IsInvalidField("display_name"));
  join.set_display_name(std::string(201, 'e'));
  EXPECT_THAT(Join("newcomer", join), IsInvalidField("display_name"));
  // A refused try does not use the token up.
  EXPECT_THAT(Join("newcomer", JoinBy(join.token())), IsOk());
}

TEST_F(InvitationServiceTest, EveryNaughtyTokenIsRefused) {
  const std::vector<std::string> texts = NaughtyStrings();
  if (texts.empty()) {
    PERIGEE_SKIP_OR_FAIL("the data set strings-naughty");
  }
  for (const std::string& text : texts) {
    const absl::Status refused = Join("stranger", JoinBy(text));
    EXPECT_THAT(refused, HasReason(Reason::kNotFound)) << text;
  }
}

TEST(JoiningRateTest, AStrangerMayNotGuessWithoutEnd) {
  AccessServer server({.per_second = 10, .burst = 5});
  v1::JoinProgramRequest request;
  request.set_parent(kAcme);
  request.set_token("guess");
  const auto join = [&] {
    return server.CallWith(server.Token("stranger"), MethodNamed("MemberService/JoinProgram"),
                           request);
  };
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(join(), HasReason(Reason::kNotFound));
  }
  EXPECT_THAT(join(), HasReason(Reason::kRateLimited));
}

}  // namespace
}  // namespace perigee::tests
