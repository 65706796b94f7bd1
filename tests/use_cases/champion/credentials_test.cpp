#include "server/use_cases/champion/credentials.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/data_integrity.h"
#include "server/core/json.h"
#include "server/domain/champion/credential_check.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {
namespace {

using domain::Credential;
using domain::Finding;
using State = domain::CredentialState;
using std::chrono::days;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using use_cases::CredentialDraft;
using use_cases::IssuedCredential;

class CredentialsTest : public ChampionsTest {
 protected:
  absl::StatusOr<IssuedCredential> Issue(CredentialDraft draft) {
    draft.subject = "urn:uuid:00000000-0000-0000-0000-00000000000" + std::to_string(++issued_ % 10);
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::IssueCredential(reader, unit, "demo", draft);
    });
  }
  absl::StatusOr<IssuedCredential> IssueTo(const std::string& member) {
    CredentialDraft draft;
    draft.member = member;
    return Issue(draft);
  }
  absl::StatusOr<Credential> Revoke(const std::string& member, const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RevokeCredential(reader, unit, {"demo", member, id});
    });
  }
  std::string ListNow(std::int64_t list = 0) {
    std::string document;
    programme.Read([&](ports::StoreReader& reader) {
      document = use_cases::StatusListOf(reader, "demo", list, Now()).value();
      return absl::OkStatus();
    });
    return document;
  }
  Ed25519Key Issuer() {
    Ed25519Key key{};
    programme.Read([&](ports::StoreReader& reader) {
      key = use_cases::IssuerOf(reader, "demo").value();
      return absl::OkStatus();
    });
    return key;
  }
  // What a verifier finds now, who trusts the programme and has its newest list.
  Finding Verify(const std::string& document) {
    const std::string list = ListNow();
    const auto answer = domain::CheckCredential({document, Issuer(), list, Now()});
    EXPECT_TRUE(answer.finding != Finding::kStatusUnknown) << answer.why;
    return answer.finding;
  }
  std::vector<State> StatesOf(const std::string& member) {
    std::vector<State> states;
    programme.Read([&](ports::StoreReader& reader) {
      const auto all = use_cases::CredentialsOf(reader, "demo", member, Now());
      EXPECT_THAT(all, IsOk());
      for (const auto& one : *all) {
        states.push_back(one.state);
      }
      return absl::OkStatus();
    });
    return states;
  }
  static Json SubjectOf(const IssuedCredential& issued) {
    return *ParseJson(issued.document).value().Find("credentialSubject");
  }

 private:
  int issued_ = 0;
};

TEST_F(CredentialsTest, AChampionTakesHomeWhatAVerifierFindsValid) {
  const auto appointment = Appoint("ada");
  ASSERT_THAT(appointment, IsOk());
  const auto issued = IssueTo("ada");
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(Verify(issued->document), Finding::kValid);
  EXPECT_THAT(issued->credential.appointments, ElementsAre(appointment->id));
  EXPECT_EQ(issued->credential.expire_time, Now() + days(365));
  EXPECT_EQ(issued->credential.id, std::to_string(programme.head));
  EXPECT_EQ(All<Credential>()[0].subject, issued->credential.subject);
  const Json subject = SubjectOf(*issued);
  EXPECT_EQ(*subject.TextAt("id"), issued->credential.subject);
  EXPECT_EQ(subject.Find("name"), nullptr);
  EXPECT_EQ(issued->document.find("ada"), std::string::npos);
  EXPECT_EQ(*subject.Find("titles")->array()->front().TextAt("status"), "champion");

  Go(appointment->lapse_time);
  EXPECT_EQ(Verify(issued->document), Finding::kExpired);
  EXPECT_THAT(StatesOf("ada"), ElementsAre(State::kExpired));
  const auto alumnus = IssueTo("ada");
  ASSERT_THAT(alumnus, IsOk());
  EXPECT_EQ(Verify(alumnus->document), Finding::kValid);
  EXPECT_EQ(*SubjectOf(*alumnus).Find("titles")->array()->front().TextAt("status"), "alumnus");
}

TEST_F(CredentialsTest, ItSaysOnlyWhatItsHolderChooses) {
  ASSERT_THAT(Appoint("ada"), IsOk());
  domain::Title guide;
  guide.id = "guide";
  guide.display_name = "Guide";
  guide.nominators = {domain::Nominator::kStaff};
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::CreateTitle(reader, unit, "demo", guide);
              }),
              IsOk());
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::Appoint(reader, unit, "demo", {"guide", "ada", std::nullopt});
              }),
              IsOk());
  CredentialDraft draft;
  draft.member = "ada";
  draft.titles = {"guide"};
  draft.include_name = true;
  const auto one = Issue(draft);
  ASSERT_THAT(one, IsOk());
  EXPECT_EQ(SubjectOf(*one).Find("titles")->array()->size(), 1U);
  EXPECT_NE(SubjectOf(*one).TextAt("name"), nullptr);
  EXPECT_TRUE(one->credential.named);
  EXPECT_EQ(one->document.find("mvp"), std::string::npos);
  const auto both = IssueTo("ada");
  ASSERT_THAT(both, IsOk());
  EXPECT_EQ(SubjectOf(*both).Find("titles")->array()->size(), 2U);
  draft.titles = {"guide", "none"};
  const auto refused = Issue(draft);
  EXPECT_THAT(refused, HasReason(Reason::kNoTitleHeld));
  EXPECT_EQ(MetadataOf(refused.status()).at("title"), "none");
}

TEST_F(CredentialsTest, WhoHasNothingToShowGetsNone) {
  EXPECT_THAT(IssueTo("nobody"), HasReason(Reason::kNotFound));
  EXPECT_THAT(IssueTo("ada"), HasReason(Reason::kNoTitleHeld));
  const auto later = Appoint("ada", Now() + days(1));
  ASSERT_THAT(later, IsOk());
  EXPECT_THAT(IssueTo("ada"), HasReason(Reason::kNoTitleHeld));
  Go(later->start_time);
  ASSERT_THAT(Make(Move::kSuspend, "ada", later->id), IsOk());
  const auto suspended = IssueTo("ada");
  EXPECT_THAT(suspended, HasReason(Reason::kAppointmentSuspended));
  EXPECT_EQ(MetadataOf(suspended.status()).at("appointment"), later->id);
  ASSERT_THAT(Make(Move::kReinstate, "ada", later->id), IsOk());
  EXPECT_THAT(IssueTo("ada"), IsOk());
  ASSERT_THAT(Make(Move::kRevoke, "ada", later->id), IsOk());
  EXPECT_THAT(IssueTo("ada"), HasReason(Reason::kNoTitleHeld));
  ASSERT_THAT(Appoint("bob"), IsOk());
  programme.ChangeMember("bob",
                         [](domain::Member& bob) { bob.standing = domain::Standing::kSuspended; });
  EXPECT_THAT(IssueTo("bob"), HasReason(Reason::kMemberSuspended));
}

TEST_F(CredentialsTest, TheEndIsWithinThreeYears) {
  ASSERT_THAT(Appoint("ada"), IsOk());
  CredentialDraft draft;
  draft.member = "ada";
  for (const Time wrong : {Now(), Now() - days(1), Now() + days(1095) + seconds(1)}) {
    draft.expire_time = wrong;
    EXPECT_THAT(Issue(draft), IsInvalidField("expire_time"));
  }
  draft.expire_time = Now() + days(1095);
  EXPECT_THAT(Issue(draft), IsOk());
}

TEST_F(CredentialsTest, APersonHasTwentyValidOnes) {
  ASSERT_THAT(Appoint("ada"), IsOk());
  for (std::size_t i = 0; i < domain::kCredentialsMax; ++i) {
    ASSERT_THAT(IssueTo("ada"), IsOk());
  }
  EXPECT_THAT(IssueTo("ada"), HasReason(Reason::kTooManyCredentials));
  ASSERT_THAT(Revoke("ada", All<Credential>()[0].id), IsOk());
  EXPECT_THAT(IssueTo("ada"), IsOk());
  EXPECT_THAT(IssueTo("ada"), HasReason(Reason::kTooManyCredentials));
  Go(Now() + days(365));
  EXPECT_THAT(IssueTo("ada"), IsOk());
}

TEST_F(CredentialsTest, ARevokedOneIsRevokedForGood) {
  ASSERT_THAT(Appoint("ada"), IsOk());
  const auto one = IssueTo("ada");
  const auto other = IssueTo("ada");
  ASSERT_THAT(other, IsOk());
  EXPECT_THAT(Revoke("bob", one->credential.id), HasReason(Reason::kNotFound));
  EXPECT_THAT(Revoke("ada", "1"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Revoke("ada", one->credential.id), IsOk());
  EXPECT_EQ(Verify(one->document), Finding::kRevoked);
  EXPECT_EQ(Verify(other->document), Finding::kValid);
  EXPECT_THAT(Revoke("ada", one->credential.id), HasReason(Reason::kIllegalMove));
  Go(Now() + days(366));
  EXPECT_THAT(Revoke("ada", other->credential.id), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(StatesOf("ada"), ElementsAre(State::kRevoked, State::kExpired));
}

TEST_F(CredentialsTest, AnAppointmentTakesItsCredentialsAlong) {
  const auto adas = Appoint("ada");
  const auto bobs = Appoint("bob");
  ASSERT_THAT(bobs, IsOk());
  const auto of_ada = IssueTo("ada");
  const auto of_bob = IssueTo("bob");
  ASSERT_THAT(of_bob, IsOk());
  ASSERT_THAT(Make(Move::kSuspend, "ada", adas->id), IsOk());
  EXPECT_EQ(Verify(of_ada->document), Finding::kValid);
  ASSERT_THAT(Make(Move::kRevoke, "ada", adas->id), IsOk());
  EXPECT_EQ(Verify(of_ada->document), Finding::kRevoked);
  EXPECT_THAT(StatesOf("ada"), ElementsAre(State::kRevoked));
  EXPECT_THAT(Revoke("ada", of_ada->credential.id), HasReason(Reason::kIllegalMove));
  // Who resigns is an alumnus, and says so with another one.
  programme.clock.Set(Now() + seconds(1));
  ASSERT_THAT(Make(Move::kResign, "bob", bobs->id), IsOk());
  EXPECT_EQ(Verify(of_bob->document), Finding::kRevoked);
  const auto after = IssueTo("bob");
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(Verify(after->document), Finding::kValid);
  EXPECT_EQ(*SubjectOf(*after).Find("titles")->array()->front().TextAt("status"), "alumnus");
}

TEST_F(CredentialsTest, MergedMembersHaveOneSetAndAnUnmergePartsIt) {
  ASSERT_THAT(Appoint("bob"), IsOk());
  const auto of_bob = IssueTo("bob");
  ASSERT_THAT(of_bob, IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(Verify(of_bob->document), Finding::kValid);
  EXPECT_THAT(StatesOf("ada"), ElementsAre(State::kValid));
  EXPECT_THAT(StatesOf("bob"), ElementsAre(State::kValid));
  const auto of_ada = IssueTo("ada");
  ASSERT_THAT(of_ada, IsOk());
  EXPECT_EQ(Verify(of_ada->document), Finding::kValid);
  ASSERT_THAT(Unmerge("bob"), IsOk());
  // The title was bob's.
  EXPECT_EQ(Verify(of_ada->document), Finding::kRevoked);
  EXPECT_EQ(Verify(of_bob->document), Finding::kValid);
  EXPECT_THAT(StatesOf("ada"), ElementsAre(State::kRevoked));
}

TEST_F(CredentialsTest, AnErasedHoldersCredentialsAreRevokedAndSayNothing) {
  ASSERT_THAT(Appoint("ada"), IsOk());
  const auto issued = IssueTo("ada");
  ASSERT_THAT(issued, IsOk());
  programme.Erase(programme.KeyOf("ada"));
  EXPECT_EQ(Verify(issued->document), Finding::kRevoked);
  programme.DoWhatIsDue();
  EXPECT_EQ(Verify(issued->document), Finding::kRevoked);
  ASSERT_EQ(All<Credential>().size(), 1U);
  EXPECT_EQ(All<Credential>()[0].subject, "");
}

TEST_F(CredentialsTest, ListsBeginWithTheirFirstRevision) {
  EXPECT_EQ(*ParseJson(ListNow())->TextAt("id"), DidOf(Issuer()) + "/statusLists/0");
  programme.Read([&](ports::StoreReader& reader) {
    EXPECT_THAT(use_cases::StatusListOf(reader, "demo", 1, Now()), HasReason(Reason::kNotFound));
    EXPECT_THAT(use_cases::StatusListOf(reader, "demo", -1, Now()), HasReason(Reason::kNotFound));
    EXPECT_THAT(use_cases::StatusListOf(reader, "none", 0, Now()), HasReason(Reason::kNotFound));
    EXPECT_THAT(use_cases::IssuerOf(reader, "none"), HasReason(Reason::kNotFound));
    EXPECT_THAT(use_cases::CredentialsOf(reader, "demo", "none", Now()),
                HasReason(Reason::kNotFound));
    return absl::OkStatus();
  });
}

TEST_F(CredentialsTest, TheKeyIsTheProgrammesAloneAndGoneWithIt) {
  const Ed25519Key before = Issuer();
  EXPECT_EQ(Issuer(), before);
  Programme other;
  other.Read([&](ports::StoreReader& reader) {
    EXPECT_NE(use_cases::IssuerOf(reader, "demo").value(), before);
    return absl::OkStatus();
  });
  programme.Delete();
  programme.DoWhatIsDue();
  programme.Make();
  EXPECT_NE(Issuer(), before);
}

}  // namespace
}  // namespace perigee::tests
