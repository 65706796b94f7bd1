#include <set>
#include <string>
#include <vector>

#include "server/core/data_integrity.h"
#include "server/domain/champion/credential.h"
#include "server/domain/champion/credential_check.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/credentials.h"
#include "server/use_cases/champion/titles.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

using domain::Credential;
using use_cases::CredentialDraft;
using use_cases::IssuedCredential;

ports::Unit MakeMvp() {
  domain::Title title;
  title.id = "mvp";
  title.display_name = "MVP";
  title.nominators = {domain::Nominator::kStaff};
  return UnitOf([title](auto& reader, const auto& unit) {
    return use_cases::CreateTitle(reader, unit, kProgram, title);
  });
}
ports::Unit AppointAda() {
  return UnitOf([](auto& reader, const auto& unit) {
    return use_cases::Appoint(reader, unit, kProgram, {"mvp", "ada", std::nullopt});
  });
}
// Issues to ada. The document goes to `document` if that is not null.
ports::Unit IssueToAda(std::string* document = nullptr) {
  return UnitOf([document](auto& reader, const auto& unit) {
    CredentialDraft draft;
    draft.member = "ada";
    draft.subject = "urn:uuid:1";
    auto issued = use_cases::IssueCredential(reader, unit, kProgram, draft);
    if (issued.ok() && document != nullptr) {
      *document = issued->value.document;
    }
    return issued;
  });
}
ports::Unit RevokeOfAda(const std::string& id) {
  return UnitOf([id](auto& reader, const auto& unit) {
    return use_cases::RevokeCredential(reader, unit, {kProgram, "ada", id});
  });
}

}  // namespace

TEST_P(StoreConformance, ManyWhoIssueAtOnceGetPlacesOfTheirOwnAndNoMoreThanAllowed) {
  MakeProgram();
  ASSERT_THAT(Write(MakeMvp()), IsOk());
  ASSERT_THAT(Write(AppointAda()), IsOk());
  const Race race = AtOnce(30, [&](int) { return Write(IssueToAda()); });
  EXPECT_EQ(race, (Race{20, {{Reason::kTooManyCredentials, 10}}}));
  const auto all = Reading<std::vector<Credential>>([](ports::StoreReader& reader) {
    return reader.records().List<Credential>(kProgram, {{"list", std::int64_t{0}}}, nullptr, 100);
  });
  std::set<std::int64_t> places;
  for (const Credential& one : all) {
    places.insert(one.list_index);
  }
  EXPECT_EQ(places.size(), 20U);
}

TEST_P(StoreConformance, OneOfManyWhoRevokeACredentialRevokesIt) {
  MakeProgram();
  ASSERT_THAT(Write(MakeMvp()), IsOk());
  ASSERT_THAT(Write(AppointAda()), IsOk());
  const Outcome made = Write(IssueToAda());
  ASSERT_THAT(made, IsOk());
  const Race race =
      AtOnce(16, [&](int) { return Write(RevokeOfAda(std::to_string(made->revision))); });
  EXPECT_EQ(race, (Race{1, {{Reason::kIllegalMove, 15}}}));
}

TEST_P(StoreConformance, ARestartKeepsTheKeyThatSignsCredentials) {
  MakeProgram();
  ASSERT_THAT(Write(MakeMvp()), IsOk());
  ASSERT_THAT(Write(AppointAda()), IsOk());
  std::string document;
  ASSERT_THAT(Write(IssueToAda(&document)), IsOk());
  const auto issuer = [this] {
    return Reading<Ed25519Key>(
        [](ports::StoreReader& reader) { return use_cases::IssuerOf(reader, kProgram); });
  };
  const Ed25519Key before = issuer();
  Reopen();
  EXPECT_EQ(issuer(), before);
  const auto list = Reading<std::string>([](ports::StoreReader& reader) {
    return use_cases::StatusListOf(reader, kProgram, 0, kStart);
  });
  const auto answer = domain::CheckCredential({document, before, list, kStart});
  EXPECT_EQ(answer.finding, domain::Finding::kValid) << answer.why;
}

}  // namespace perigee::tests
