#include "server/domain/member/invitation.h"

#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/fakes/sequence_ids.h"

namespace perigee::tests {
namespace {

using domain::Invitation;
using domain::InvitationToken;

class InvitationTest : public testing::Test {
 protected:
  InvitationToken NewToken() {
    return domain::MakeToken(ids.Random(), std::array{ids.Random(), ids.Random(), ids.Random()});
  }
  static Invitation Of(const InvitationToken& token) {
    Invitation invitation;
    invitation.id = token.invitation;
    invitation.token_digest = token.Digest();
    return invitation;
  }
  SequenceIds ids;
};

TEST_F(InvitationTest, ATokenIsReadAsItIsWritten) {
  const InvitationToken token = NewToken();
  const std::string text = token.Text();
  EXPECT_EQ(text.size(), 68U);
  EXPECT_TRUE(text.starts_with("pgi_"));
  const InvitationToken read = domain::ParseToken(text);
  EXPECT_EQ(read.invitation, token.invitation);
  EXPECT_EQ(read.secret, token.secret);
  EXPECT_TRUE(domain::IsTokenOf(read, Of(token)));
}

TEST_F(InvitationTest, NoOtherTextIsTheToken) {
  const InvitationToken token = NewToken();
  const Invitation invitation = Of(token);
  const std::string text = token.Text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(domain::IsTokenOf(domain::ParseToken(other), invitation)) << i;
  }
  for (const std::string& other :
       {std::string(), text.substr(1), text.substr(4), text + "A", text.substr(0, 67),
        NewToken().Text(), std::string(68, 'A'), std::string("pgi_") + std::string(64, '\xFF')}) {
    EXPECT_FALSE(domain::IsTokenOf(domain::ParseToken(other), invitation)) << other;
  }
  // What is no token names no invitation, so an invitation that lacks everything is safe too.
  EXPECT_FALSE(domain::IsTokenOf(domain::ParseToken(""), Invitation{}));
}

TEST_F(InvitationTest, AnInvitationIsOpenUntilItsInstant) {
  Invitation invitation = Of(NewToken());
  invitation.expire_time = FromMicros(10);
  invitation.due_time = invitation.expire_time;
  EXPECT_TRUE(invitation.IsOpen(FromMicros(9)));
  EXPECT_FALSE(invitation.IsOpen(FromMicros(10)));
  domain::End(invitation, domain::InvitationState::kRevoked);
  EXPECT_FALSE(invitation.IsOpen(FromMicros(9)));
  EXPECT_FALSE(invitation.due_time.has_value());
}

}  // namespace
}  // namespace perigee::tests
