// Tests what the capital of a person reads as whose members ada and bob were merged.

#include <string>
#include <vector>

#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/matchers/status.h"
#include "tests/services/ledger/capital_server.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using Reads = v1::CapitalService::Stub;

class MergedCapitalTest : public ::testing::Test {
 protected:
  // Merges bob into ada, or parts them.
  void Merge(bool merged = true) {
    Change("bob", [&](ports::StoreReader& reader, domain::Member& member) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const auto head, reader.members().Find("acme", "ada"));
      member.merged_into = merged ? head->key : domain::MemberKey{};
      return absl::OkStatus();
    });
  }
  void Change(const std::string& id,
              const std::function<absl::Status(ports::StoreReader&, domain::Member&)>& change) {
    ports::Unit unit;
    unit.program = "acme";
    unit.now = server.fixture.clock.Now();
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      PERIGEE_ASSIGN_OR_RETURN(auto member, reader.members().Find("acme", id));
      PERIGEE_RETURN_IF_ERROR(change(reader, *member));
      member->revision = context.revision;
      ports::Decision decision;
      decision.changes.records.Put(*std::move(member));
      return decision;
    };
    EXPECT_THAT(use_cases::WriteAndWait(server.fixture.store(), std::move(unit)), IsOk());
  }

  // All changes and the balances after them, read in pages.
  std::vector<std::pair<std::int64_t, std::int64_t>> Statement(const std::string& name, int page) {
    std::vector<std::pair<std::int64_t, std::int64_t>> lines;
    v1::ListStatementLinesRequest request;
    request.set_parent(name);
    request.set_page_size(page);
    do {
      const auto answer = Invoke(*server.reads, &Reads::ListStatementLines, request);
      EXPECT_THAT(answer, IsOk());
      if (!answer.ok()) {
        break;
      }
      EXPECT_LE(answer->lines_size(), page);
      for (const v1::StatementLine& line : answer->lines()) {
        lines.emplace_back(line.change(), line.balance_after());
      }
      request.set_page_token(answer->next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
  std::vector<std::string> Lots(const std::string& name, int page) {
    std::vector<std::string> lots;
    v1::ListLotsRequest request;
    request.set_parent(name);
    request.set_page_size(page);
    do {
      const auto answer = Invoke(*server.reads, &Reads::ListLots, request);
      EXPECT_THAT(answer, IsOk());
      if (!answer.ok()) {
        break;
      }
      for (const v1::Lot& lot : answer->lots()) {
        lots.push_back(lot.transfer());
      }
      request.set_page_token(answer->next_page_token());
    } while (!request.page_token().empty());
    return lots;
  }

  CapitalServer server;
  const std::string ada = CapitalServer::Of("ada");
  const std::string bob = CapitalServer::Of("bob");
  const std::string issued = CapitalServer::Own("issued");
  const std::string spent = CapitalServer::Own("spent");
};

TEST_F(MergedCapitalTest, AnAccountIsTheSumUnderTheNameOfTheHead) {
  server.Move(issued, ada, 5);
  server.Move(issued, bob, 7);
  server.Hold(bob, spent, 3);
  Merge();
  for (const std::string& name : {ada, bob}) {
    const v1::Account account = server.Account(name);
    EXPECT_EQ(account.name(), ada);
    EXPECT_EQ(account.balance(), 12);
    EXPECT_EQ(account.debits_pending(), 3);
    EXPECT_EQ(account.available(), 9);
  }
  v1::ListMemberAccountsRequest request;
  request.set_parent("programs/acme/members/bob");
  const auto accounts = Invoke(*server.reads, &Reads::ListMemberAccounts, request);
  ASSERT_THAT(accounts, IsOk());
  EXPECT_EQ(accounts->accounts(4).name(), ada);
  EXPECT_EQ(accounts->accounts(4).balance(), 12);
  Merge(false);
  EXPECT_EQ(server.Account(ada).balance(), 5);
  EXPECT_EQ(server.Account(bob).balance(), 7);
}

TEST_F(MergedCapitalTest, ThePastIsTheSumToo) {
  server.Move(issued, ada, 5);
  const std::int64_t then = server.Move(issued, bob, 7).revision();
  server.Move(issued, ada, 9);
  Merge();
  v1::GetAccountRequest request;
  request.set_name(bob);
  request.set_revision(then);
  const auto account = Invoke(*server.reads, &Reads::GetAccount, request);
  ASSERT_THAT(account, IsOk());
  EXPECT_EQ(account->name(), ada);
  EXPECT_EQ(account->balance(), 12);
  EXPECT_EQ(account->available(), 12);
}

TEST_F(MergedCapitalTest, AStatementHasTheLinesOfAllAccountsButNoneBetweenThem) {
  server.Move(issued, ada, 5);
  server.Move(issued, bob, 7);
  server.Move(bob, ada, 2);  // Between two whom nobody knew to be one.
  ASSERT_THAT(server.Post(server.Request({CapitalServer::Draft(issued, bob, 1),
                                          CapitalServer::Draft(issued, ada, 1),
                                          CapitalServer::Draft(issued, bob, 1)})),
              IsOk());
  Merge();
  server.Move(ada, spent, 14);
  for (const std::string& name : {ada, bob}) {
    for (const int page : {1, 2, 3, 100}) {
      EXPECT_THAT(Statement(name, page),
                  ElementsAre(std::pair(-14, 1), std::pair(1, 15), std::pair(1, 14),
                              std::pair(1, 13), std::pair(7, 12), std::pair(5, 5)));
    }
  }
  Merge(false);
  EXPECT_THAT(Statement(bob, 2).back(), std::pair(7, 7));
}

TEST_F(MergedCapitalTest, LotsAreThoseOfAllAccountsByPosition) {
  std::vector<std::string> made;
  for (const std::string& name : {ada, bob, bob, ada, bob}) {
    made.push_back(server.Move(issued, name, 1).name());
    server.fixture.clock.Advance(std::chrono::days(1));
  }
  Merge();
  for (const int page : {1, 2, 3, 100}) {
    EXPECT_EQ(Lots(bob, page), made);
  }
}

TEST_F(MergedCapitalTest, ATransferStaysWithTheNamedMemberAndTakesWhatThePersonHas) {
  server.Move(issued, ada, 5);
  server.Move(issued, bob, 7);
  Merge();
  EXPECT_EQ(server.Move(bob, spent, 12).debit_account(), bob);
  EXPECT_THAT(server.Post(server.Request({CapitalServer::Draft(ada, spent, 1)})),
              HasReason(Reason::kInsufficientFunds));
  server.Move(issued, bob, 3);
  Merge(false);
  EXPECT_EQ(server.Account(bob).balance(), 3);
}

TEST_F(MergedCapitalTest, ASuspendedHeadMayNotBeDebitedUnderAnyName) {
  server.Move(issued, bob, 7);
  const v1::Transfer hold = server.Hold(bob, spent, 3);
  Merge();
  server.Suspend("ada");
  EXPECT_THAT(server.Post(server.Request({CapitalServer::Draft(bob, spent, 1)})),
              HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(server.Capture(hold.name()), HasReason(Reason::kMemberSuspended));
}

TEST_F(MergedCapitalTest, AnActivityIsRecordedForTheNamedMember) {
  v1::CreateRuleRequest rule;
  rule.set_parent(kAcme);
  rule.set_rule_id("answers");
  rule.mutable_rule()->set_activity_type("answer");
  v1::Grant& grant = *rule.mutable_rule()->add_grants();
  grant.set_asset("reputation");
  grant.set_beneficiary(v1::Grant::BENEFICIARY_ACTOR);
  grant.set_amount(10);
  grant.mutable_cap()->set_id("day");
  grant.mutable_cap()->set_limit(15);
  grant.mutable_cap()->set_window(v1::Cap::WINDOW_DAY);
  rule.set_request_id(server.fixture.NewRequestId());
  ASSERT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::CreateRule, rule), IsOk());
  Merge();
  const auto record = [&](const std::string& actor, const std::string& event) {
    v1::RecordActivityRequest request;
    request.set_parent(kAcme);
    request.mutable_activity()->set_type("answer");
    request.mutable_activity()->set_actor("programs/acme/members/" + actor);
    request.mutable_activity()->set_source("site");
    request.mutable_activity()->set_source_event_id(event);
    return Invoke(*server.activities, &v1::ActivityAdminService::Stub::RecordActivity, request);
  };
  EXPECT_THAT(record("ada", "1"), IsOk());
  EXPECT_THAT(record("bob", "2"), IsOk());
  EXPECT_THAT(record("eve", "3"), HasReason(Reason::kNotFound));
  Merge(false);
  EXPECT_EQ(server.Account(CapitalServer::Of("ada", "reputation")).balance(), 10);
  EXPECT_EQ(server.Account(CapitalServer::Of("bob", "reputation")).balance(), 5)
      << "the cap counts what the person earned";
}

TEST_F(MergedCapitalTest, AnExplanationTellsOfAPooling) {
  server.Move(issued, bob, 7);
  Merge();
  const v1::Transfer moved = server.Move(ada, spent, 6);
  const std::string pooling = moved.name().substr(0, moved.name().rfind('-')) + "-0";
  EXPECT_NE(pooling, moved.name());
  const auto story = server.Explain(pooling);
  ASSERT_THAT(story, IsOk());
  EXPECT_EQ(story->transfer().kind(), v1::Transfer::KIND_POOLING);
  EXPECT_EQ(story->summary(), "6 stars moved within the capital of one person from " + bob +
                                  " to " + ada + " at 2026-11-21T12:00:00.000000Z.");
  EXPECT_THAT(server.Reverse(pooling), HasReason(Reason::kNotReversible));
}

}  // namespace
}  // namespace perigee::tests
