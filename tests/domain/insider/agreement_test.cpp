#include "server/domain/insider/agreement.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/uuid.h"
#include "tests/domain/insider/insider_facts.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Acceptance;
using domain::Agreement;
using domain::AgreementVersion;
using State = domain::AcceptanceState;
using std::chrono::days;

constexpr Time At(std::int64_t micros) { return FromMicros(micros); }

Acceptance Accepted(std::int32_t version, std::int64_t id, Time time) {
  Acceptance acceptance = domain::Present({"secrecy", version, "", "d", {}, 0}, {}, id, time);
  acceptance.accept_time = time;
  acceptance.expire_time = time + days(30);
  return acceptance;
}

TEST(AgreementTest, EveryLimitHasItsField) {
  struct Row {
    std::string field;  // Empty: it is within the limits.
    std::function<void(Agreement&)> change;
  };
  for (const Row& row : {
           Row{"", [](Agreement&) {}},
           Row{"", [](Agreement& a) { a = {.id = "a", .display_name = "A"}; }},
           Row{"agreement_id", [](Agreement& a) { a.id = ""; }},
           Row{"agreement.display_name", [](Agreement& a) { a.display_name = ""; }},
           Row{"agreement.display_name", [](Agreement& a) { a.display_name.assign(201, 'x'); }},
           Row{"", [](Agreement& a) { a.required_version = 3; }},
           Row{"agreement.required_version", [](Agreement& a) { a.required_version = 4; }},
           Row{"agreement.required_version", [](Agreement& a) { a.required_version = 0; }},
           Row{"", [](Agreement& a) { a.accepted_days = 0; }},
           Row{"agreement.accepted_days", [](Agreement& a) { a.accepted_days = -1; }},
           Row{"agreement.accepted_days", [](Agreement& a) { a.accepted_days = 3661; }},
       }) {
    Agreement agreement = Secrecy();
    row.change(agreement);
    const absl::Status checked = domain::CheckAgreement(agreement);
    if (row.field.empty()) {
      EXPECT_THAT(checked, IsOk());
    } else {
      EXPECT_THAT(checked, IsInvalidField(row.field));
    }
  }
}

TEST(AgreementTest, AVersionIsRequiredIfItSaysSo) {
  Agreement agreement = Secrecy();
  AgreementVersion version;
  ASSERT_THAT(AddVersion("abc", false, At(5), agreement, version), IsOk());
  EXPECT_EQ(version.version, 4);
  EXPECT_EQ(version.agreement, "secrecy");
  EXPECT_EQ(version.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(agreement.required_version, 2);
  ASSERT_THAT(AddVersion("abc\nd", true, At(6), agreement, version), IsOk());
  EXPECT_EQ(agreement.required_version, 5);
  for (const std::string& body : {std::string(), std::string(65'537, 'x'), std::string("\r")}) {
    EXPECT_THAT(AddVersion(body, true, At(7), agreement, version),
                IsInvalidField("agreement.body"));
  }
  EXPECT_EQ(agreement.version, 5);
}

TEST(AcceptanceTest, OnlyTheTextThatWasShownIsAccepted) {
  const domain::MemberKey ada = Uuid::FromRaw("0123456789abcdef");
  const AgreementVersion shown{"secrecy", 2, "text", "digest", At(1), 0};
  Acceptance acceptance = domain::Present(shown, ada, 7, At(10));
  EXPECT_EQ(acceptance.id, 7);
  EXPECT_EQ(acceptance.member, ada);
  EXPECT_EQ(acceptance.digest, "digest");
  EXPECT_EQ(acceptance.create_time, At(10));

  EXPECT_THAT(Accept("other", "phone", Secrecy(), At(20), acceptance), IsInvalidField("digest"));
  EXPECT_THAT(Accept("digest", std::string(201, 'x'), Secrecy(), At(20), acceptance),
              IsInvalidField("device"));
  EXPECT_EQ(StateOf(acceptance, Secrecy(), At(20)), State::kPresented);
  ASSERT_THAT(Accept("digest", "phone", Secrecy(), At(20), acceptance), IsOk());
  EXPECT_EQ(acceptance.accept_time, At(20));
  EXPECT_EQ(acceptance.expire_time, At(20) + days(30));
  EXPECT_EQ(acceptance.device, "phone");
  EXPECT_THAT(Accept("digest", "phone", Secrecy(), At(21), acceptance),
              HasReason(Reason::kIllegalMove));

  Agreement for_ever = Secrecy();
  for_ever.accepted_days = 0;
  Acceptance other = domain::Present(shown, ada, 8, At(10));
  ASSERT_THAT(Accept("digest", "", for_ever, At(20), other), IsOk());
  EXPECT_EQ(other.expire_time, std::nullopt);
}

TEST(AcceptanceTest, TimeAndTheRequiredVersionEndIt) {
  const Time end = At(20) + days(30);
  Acceptance acceptance = Accepted(2, 7, At(20));
  EXPECT_EQ(StateOf(acceptance, Secrecy(), At(19)), State::kPresented);
  EXPECT_EQ(StateOf(acceptance, Secrecy(), At(20)), State::kAccepted);
  EXPECT_EQ(StateOf(acceptance, Secrecy(), end - Duration(1)), State::kAccepted);
  EXPECT_EQ(StateOf(acceptance, Secrecy(), end), State::kExpired);
  Agreement stricter = Secrecy();
  stricter.required_version = 3;
  EXPECT_EQ(StateOf(acceptance, stricter, At(20)), State::kSuperseded);
  EXPECT_EQ(StateOf(acceptance, stricter, At(19)), State::kSuperseded);
  ASSERT_THAT(Withdraw(Secrecy(), At(40), acceptance), IsOk());
  EXPECT_EQ(StateOf(acceptance, Secrecy(), At(39)), State::kAccepted);
  EXPECT_EQ(StateOf(acceptance, Secrecy(), At(40)), State::kWithdrawn);
}

TEST(AcceptanceTest, TheLastOneThatWasAcceptedDecides) {
  const auto withdrawn = [](Acceptance acceptance, std::int64_t at) {
    acceptance.withdraw_time = At(at);
    return acceptance;
  };
  const Acceptance shown = domain::Present({"secrecy", 3, "", "d", {}, 0}, {}, 9, At(50));
  struct Row {
    std::vector<Acceptance> acceptances;
    std::int64_t now;
    bool bound;
  };
  for (const Row& row : {
           Row{{}, 100, false},
           Row{{shown}, 100, false},
           Row{{Accepted(2, 1, At(10))}, 9, false},
           Row{{Accepted(2, 1, At(10))}, 10, true},
           Row{{Accepted(1, 1, At(10))}, 10, false},
           // A text that was only shown takes nothing away.
           Row{{Accepted(2, 1, At(10)), shown}, 100, true},
           Row{{Accepted(1, 1, At(10)), Accepted(3, 2, At(20))}, 100, true},
           Row{{Accepted(3, 2, At(20)), Accepted(1, 1, At(10))}, 100, true},
           // Who withdraws leaves the agreement, whatever they accepted before.
           Row{{Accepted(2, 1, At(10)), withdrawn(Accepted(3, 2, At(20)), 30)}, 29, true},
           Row{{Accepted(2, 1, At(10)), withdrawn(Accepted(3, 2, At(20)), 30)}, 30, false},
           // And may accept again.
           Row{{withdrawn(Accepted(2, 1, At(10)), 30), Accepted(2, 2, At(40))}, 39, false},
           Row{{withdrawn(Accepted(2, 1, At(10)), 30), Accepted(2, 2, At(40))}, 40, true},
           Row{{withdrawn(Accepted(2, 1, At(10)), 30), Accepted(2, 2, At(10))}, 40, true},
       }) {
    EXPECT_EQ(IsBound(Secrecy(), row.acceptances, At(row.now)), row.bound)
        << row.acceptances.size() << " at " << row.now;
  }
}

}  // namespace
}  // namespace perigee::tests
