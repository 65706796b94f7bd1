#include <array>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/access/role_grant.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/access/access.h"
#include "server/use_cases/member/invitations.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Identity;
using domain::Invitation;
using domain::InvitationState;
using domain::InvitationToken;
using domain::Member;
using std::chrono::hours;

class JoiningTest : public UnitsTest {
 protected:
  JoiningTest() {
    programme.AddMember("ada");
    programme.AddMember("bob");
    for (int i = 0; i < 100; ++i) {
      ids.Random();  // The programme has sequence ids of its own.
    }
  }

  InvitationToken NewToken() {
    return domain::MakeToken(ids.Random(), std::array{ids.Random(), ids.Random(), ids.Random()});
  }
  absl::StatusOr<InvitationToken> Invite(const std::string& inviter = "",
                                         const std::string& member = "",
                                         std::optional<Time> expire = std::nullopt) {
    const use_cases::InvitationDraft draft{NewToken(), inviter, member, expire};
    const absl::Status status = Do([&](auto& reader, const auto& unit) {
                                  return use_cases::CreateInvitation(reader, unit, "demo", draft);
                                }).status();
    return status.ok() ? absl::StatusOr<InvitationToken>(draft.token) : status;
  }
  absl::StatusOr<Member> Join(const InvitationToken& token, const std::string& subject,
                              const std::string& name = "Eve") {
    use_cases::JoinDraft draft;
    draft.token = token;
    Identity& sign_in = draft.sign_in.emplace();
    sign_in.id = ids.Random().Hex();
    sign_in.issuer = "https://id.example";
    sign_in.subject = subject;
    sign_in.subject_digest = domain::SubjectDigest({sign_in.issuer, subject});
    draft.member.key = ids.Random();
    draft.member.id = ids.Random().Hex();
    draft.member.display_name = name;
    Member joined;
    const absl::Status status = Do([&](auto& reader, const auto& unit) {
                                  auto decided =
                                      use_cases::JoinProgram(reader, unit, "demo", draft);
                                  if (decided.ok()) {
                                    joined = decided->value.member;
                                  }
                                  return decided;
                                }).status();
    return status.ok() ? absl::StatusOr<Member>(joined) : status;
  }
  Member Find(const std::string& id) {
    Member found;
    programme.Read([&](ports::StoreReader& reader) {
      found = reader.members().Find("demo", id).value().value();
      return absl::OkStatus();
    });
    return found;
  }
  template <class R>
  std::vector<R> All() {
    std::vector<R> all;
    programme.Read([&](ports::StoreReader& reader) {
      all = reader.records().List<R>("demo", {}, nullptr, 1000).value();
      return absl::OkStatus();
    });
    return all;
  }
  SequenceIds ids;
};

TEST_F(JoiningTest, ATokenMakesANewMemberOnce) {
  const InvitationToken token = *Invite("ada");
  const auto eve = Join(token, "eve");
  ASSERT_THAT(eve, IsOk());
  EXPECT_EQ(Find(eve->id).inviter, Find("ada").key);
  EXPECT_EQ(Find(eve->id).kinds, std::vector{domain::StakeholderKind::kCustomer});
  ASSERT_EQ(All<Identity>().size(), 1U);
  EXPECT_EQ(All<Identity>()[0].member, eve->key);
  EXPECT_EQ(All<Invitation>()[0].state, InvitationState::kJoined);

  // A retry gets the same member; nobody else gets anything.
  EXPECT_EQ(Join(token, "eve")->key, eve->key);
  EXPECT_THAT(Join(token, "mallory"), HasReason(Reason::kNotFound));
  EXPECT_EQ(All<Member>().size(), 3U);
  // Nor is a member two members.
  EXPECT_THAT(Join(*Invite(), "eve"), HasReason(Reason::kAlreadyExists));
}

TEST_F(JoiningTest, AMemberMadeBeforeIsClaimed) {
  const auto link = [&](const std::string& member, const std::string& subject, bool is_link) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::CreateIdentity(
                 reader, unit, "demo", member,
                 {ids.Random().Hex(), {"https://id.example", subject}, is_link, 80});
           })
        .status();
  };
  ASSERT_THAT(link("bob", "bob", true), IsOk());
  const InvitationToken token = *Invite("ada", "bob");
  const auto bob = Join(token, "bob", "");
  ASSERT_THAT(bob, IsOk());
  EXPECT_EQ(bob->id, "bob");
  EXPECT_EQ(bob->display_name, "bob");
  ASSERT_EQ(All<Identity>().size(), 1U);  // The sign-in took the place of the link.
  EXPECT_FALSE(All<Identity>()[0].link);
  EXPECT_THAT(Invite("", "bob"), HasReason(Reason::kAlreadyExists));
  // A second invitation of the same member is of no use once the member has a sign-in.
  const InvitationToken late = *Invite("", "ada");
  ASSERT_THAT(link("ada", "ada", false), IsOk());
  EXPECT_THAT(Join(late, "mallory"), HasReason(Reason::kNotFound));
}

TEST_F(JoiningTest, WrongRevokedAndExpiredTokensAnswerAlike) {
  const InvitationToken revoked = *Invite();
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::RevokeInvitation(reader, unit, "demo", revoked.invitation);
              }),
              IsOk());
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::RevokeInvitation(reader, unit, "demo", revoked.invitation);
              }),
              HasReason(Reason::kInvitationNotOpen));
  const InvitationToken expired = *Invite("", "", programme.clock.Now() + hours(1));
  InvitationToken guessed = *Invite();
  guessed.secret[31] ^= 1;
  programme.clock.Advance(hours(1));
  const absl::Status first = Join(revoked, "eve").status();
  EXPECT_THAT(first, HasReason(Reason::kNotFound));
  for (const InvitationToken& token : {expired, guessed, NewToken(), InvitationToken{}}) {
    EXPECT_EQ(Join(token, "eve").status(), first);
  }
  programme.DoWhatIsDue();
  EXPECT_EQ(Join(expired, "eve").status(), first);
  for (const Invitation& invitation : All<Invitation>()) {
    if (invitation.id == expired.invitation) {
      EXPECT_EQ(invitation.state, InvitationState::kExpired);
    }
  }
}

TEST_F(JoiningTest, NobodyIsTheirOwnInviter) {
  ASSERT_THAT(Join(*Invite("ada", "bob"), "bob"), IsOk());
  EXPECT_THAT(Invite("bob", "ada"), IsInvalidField("invitation.inviter"));
  EXPECT_THAT(Invite("ada", "ada"), IsInvalidField("invitation.inviter"));
  // Two invitations that are each right alone make no circle either.
  programme.AddMember("cid");
  programme.AddMember("dot");
  const InvitationToken of_cid = *Invite("dot", "cid");
  const InvitationToken of_dot = *Invite("cid", "dot");
  ASSERT_THAT(Join(of_cid, "cid"), IsOk());
  ASSERT_THAT(Join(of_dot, "dot"), IsOk());
  EXPECT_EQ(Find("cid").inviter, Find("dot").key);
  EXPECT_TRUE(Find("dot").inviter.IsNil());
}

TEST_F(JoiningTest, AnInvitationOutlivesItsInviter) {
  const InvitationToken token = *Invite("ada");
  const InvitationToken unused = *Invite("ada", "", programme.clock.Now() + hours(1));
  programme.Erase(Find("ada").key);
  EXPECT_THAT(Join(token, "eve"), IsOk());
  programme.clock.Advance(hours(1));
  programme.DoWhatIsDue();
  for (const Invitation& invitation : All<Invitation>()) {
    EXPECT_EQ(invitation.state, invitation.id == unused.invitation ? InvitationState::kExpired
                                                                   : InvitationState::kJoined);
  }
}

TEST_F(JoiningTest, OneOfManyWhoUseOneTokenAtOnceJoins) {
  const InvitationToken token = *Invite();
  constexpr int kCallers = 16;
  std::vector<std::future<absl::Status>> joined;
  std::vector<use_cases::JoinDraft> drafts;
  for (int i = 0; i < kCallers; ++i) {
    use_cases::JoinDraft& draft = drafts.emplace_back();
    draft.token = token;
    Identity& sign_in = draft.sign_in.emplace();
    sign_in.id = ids.Random().Hex();
    sign_in.subject_digest = "subject " + std::to_string(i);
    draft.member.key = ids.Random();
    draft.member.id = ids.Random().Hex();
    draft.member.display_name = "Eve";
  }
  for (const use_cases::JoinDraft& draft : drafts) {
    joined.push_back(std::async(std::launch::async, [&] {
      return Do([&](auto& reader, const auto& unit) {
               return use_cases::JoinProgram(reader, unit, "demo", draft);
             })
          .status();
    }));
  }
  int successes = 0;
  for (std::future<absl::Status>& one : joined) {
    const absl::Status status = one.get();
    successes += status.ok() ? 1 : 0;
    EXPECT_TRUE(status.ok() || ReasonOf(status) == Reason::kNotFound) << status;
  }
  EXPECT_EQ(successes, 1);
  EXPECT_EQ(All<Identity>().size(), 1U);
  EXPECT_EQ(All<Member>().size(), 3U);
}

}  // namespace
}  // namespace perigee::tests
