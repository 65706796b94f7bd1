#include <vector>

#include "server/ports/ledger/ledger_reader.h"
#include "tests/matchers/status.h"
#include "tests/services/ledger/capital_server.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Reads = v1::CapitalService::Stub;

class CapitalTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Account> Get(const v1::GetAccountRequest& request) {
    return Invoke(*server.reads, &Reads::GetAccount, request);
  }
  absl::StatusOr<v1::Account> Get(const std::string& name) {
    v1::GetAccountRequest request;
    request.set_name(name);
    return Get(request);
  }
  absl::StatusOr<v1::ListStatementLinesResponse> Statement(const std::string& name, int size = 0,
                                                           const std::string& token = "") {
    v1::ListStatementLinesRequest request;
    request.set_parent(name);
    request.set_page_size(size);
    request.set_page_token(token);
    return Invoke(*server.reads, &Reads::ListStatementLines, request);
  }
  absl::StatusOr<v1::ListLotsResponse> Lots(const std::string& name) {
    v1::ListLotsRequest request;
    request.set_parent(name);
    return Invoke(*server.reads, &Reads::ListLots, request);
  }
  absl::StatusOr<v1::ListMemberAccountsResponse> Accounts(const std::string& member) {
    v1::ListMemberAccountsRequest request;
    request.set_parent(member);
    return Invoke(*server.reads, &Reads::ListMemberAccounts, request);
  }
  absl::StatusOr<v1::Transfer> Transfer(const std::string& name) {
    v1::GetTransferRequest request;
    request.set_name(name);
    return Invoke(*server.reads, &Reads::GetTransfer, request);
  }
  google::protobuf::Timestamp At(const std::string& text) {
    google::protobuf::Timestamp time;
    time.set_seconds(ToMicros(*ParseTime(text)) / 1'000'000);
    return time;
  }

  CapitalServer server;
  const std::string ada = CapitalServer::Of("ada");
  const std::string bob = CapitalServer::Of("bob");
  const std::string issued = CapitalServer::Own("issued");
  const std::string spent = CapitalServer::Own("spent");
};

TEST_F(CapitalTest, AnAccountThatWasNeverUsedReadsAsEmpty) {
  const auto account = Get(ada);
  ASSERT_THAT(account, IsOk());
  EXPECT_EQ(account->name(), ada);
  EXPECT_EQ(account->asset(), "programs/acme/assets/stars");
  EXPECT_EQ(account->balance(), 0);
  EXPECT_FALSE(account->overdraft());
  EXPECT_TRUE(Get(issued)->overdraft());
}

TEST_F(CapitalTest, MalformedAndMissingAccountsAreRefused) {
  EXPECT_THAT(Get(""), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/acme/members/ada"), IsInvalidField("name"));
  EXPECT_THAT(Get(CapitalServer::Of("eve")), HasReason(Reason::kNotFound));
  EXPECT_THAT(Get(CapitalServer::Of("ada", "gold")), HasReason(Reason::kNotFound));
  EXPECT_THAT(Get(CapitalServer::Own("budget")), HasReason(Reason::kNotFound));
  EXPECT_THAT(Get("programs/none/members/ada/accounts/reputation"), HasReason(Reason::kNotFound));
}

TEST_F(CapitalTest, AnAccountIsReadAsOfATimeAndARevision) {
  v1::Transfer early = CapitalServer::Draft(issued, ada, 5);
  *early.mutable_effective_time() = At("2026-11-01T00:00:00Z");
  const std::int64_t first = server.Move(early).revision();
  server.Move(issued, ada, 7);
  v1::Transfer late_word = CapitalServer::Draft(issued, ada, 100);
  *late_word.mutable_effective_time() = At("2026-11-02T00:00:00Z");
  server.Move(late_word);

  v1::GetAccountRequest request;
  request.set_name(ada);
  *request.mutable_effective_time() = At("2026-10-31T00:00:00Z");
  EXPECT_EQ(Get(request)->balance(), 0);
  *request.mutable_effective_time() = At("2026-11-01T00:00:00Z");
  EXPECT_EQ(Get(request)->balance(), 5);
  *request.mutable_effective_time() = At("2026-11-03T00:00:00Z");
  EXPECT_EQ(Get(request)->balance(), 105);
  request.set_revision(first + 1);
  EXPECT_EQ(Get(request)->balance(), 5);
  request.clear_effective_time();
  EXPECT_EQ(Get(request)->balance(), 12);
  EXPECT_EQ(Get(request)->available(), 12);
  EXPECT_EQ(Get(request)->revision(), first + 1);
  request.set_revision(-1);
  EXPECT_THAT(Get(request), IsInvalidField("revision"));
  request.set_revision(1'000'000);
  EXPECT_THAT(Get(request), IsInvalidField("revision"));
  request.clear_revision();
  request.mutable_effective_time()->set_nanos(-1);
  EXPECT_THAT(Get(request), IsInvalidField("effective_time"));
}

TEST_F(CapitalTest, AnExpiredLotIsNotAvailableBeforeItIsTakenOut) {
  server.Move(issued, ada, 5);
  server.fixture.clock.Advance(std::chrono::days(200));
  server.Move(issued, ada, 3);
  EXPECT_EQ(Get(ada)->available(), 8);
  server.fixture.clock.Advance(std::chrono::days(165));
  EXPECT_EQ(Get(ada)->balance(), 8);
  EXPECT_EQ(Get(ada)->available(), 3);
  const auto lots = Lots(ada);
  ASSERT_THAT(lots, IsOk());
  ASSERT_EQ(lots->lots_size(), 1);
  EXPECT_EQ(lots->lots(0).remaining(), 3);
  EXPECT_THAT(server.Post(server.Request({CapitalServer::Draft(ada, spent, 4)})),
              HasReason(Reason::kInsufficientFunds));
}

TEST_F(CapitalTest, LotsComeSoonestToExpireFirst) {
  const v1::Transfer first = server.Move(issued, ada, 5);
  server.fixture.clock.Advance(std::chrono::days(1));
  const v1::Transfer second = server.Move(issued, ada, 3);
  server.Move(ada, spent, 2);
  const auto lots = Lots(ada);
  ASSERT_THAT(lots, IsOk());
  ASSERT_EQ(lots->lots_size(), 2);
  EXPECT_EQ(lots->lots(0).transfer(), first.name());
  EXPECT_EQ(lots->lots(0).amount(), 5);
  EXPECT_EQ(lots->lots(0).remaining(), 3);
  EXPECT_EQ(lots->lots(1).transfer(), second.name());
  EXPECT_THAT(Lots("ada"), IsInvalidField("parent"));
  EXPECT_THAT(Lots(CapitalServer::Of("eve")), HasReason(Reason::kNotFound));
}

TEST_F(CapitalTest, AMembersAccountsAreOneForEachAsset) {
  server.Move(issued, ada, 5);
  const auto accounts = Accounts("programs/acme/members/ada");
  ASSERT_THAT(accounts, IsOk());
  std::vector<std::string> assets;
  for (const v1::Account& account : accounts->accounts()) {
    assets.push_back(account.asset());
  }
  EXPECT_THAT(assets, ElementsAre("programs/acme/assets/access", "programs/acme/assets/affiliation",
                                  "programs/acme/assets/gems", "programs/acme/assets/reputation",
                                  "programs/acme/assets/stars"));
  EXPECT_EQ(accounts->accounts(4).balance(), 5);
  EXPECT_THAT(Accounts("ada"), IsInvalidField("parent"));
  EXPECT_THAT(Accounts("programs/acme/members/eve"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Accounts("programs/none/members/ada"), HasReason(Reason::kNotFound));
}

TEST_F(CapitalTest, AStatementPagesFromTheNewestWithoutGapOrDouble) {
  for (int amount = 1; amount <= 5; ++amount) {
    server.Move(issued, ada, amount);
  }
  server.Move(ada, spent, 2);
  std::vector<std::int64_t> changes;
  std::vector<std::int64_t> balances;
  std::string token;
  do {
    const auto page = Statement(ada, 2, token);
    ASSERT_THAT(page, IsOk());
    EXPECT_LE(page->lines_size(), 2);
    for (const v1::StatementLine& line : page->lines()) {
      changes.push_back(line.change());
      balances.push_back(line.balance_after());
    }
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(changes, ElementsAre(-2, 5, 4, 3, 2, 1));
  EXPECT_THAT(balances, ElementsAre(13, 15, 10, 6, 3, 1));
}

TEST_F(CapitalTest, AMalformedStatementRequestIsRefused) {
  server.Move(issued, ada, 1);
  server.Move(issued, ada, 1);
  const std::string token = Statement(ada, 1)->next_page_token();
  EXPECT_THAT(Statement(bob, 1, token), HasReason(Reason::kPageTokenInvalid));
  EXPECT_THAT(Statement(ada, 1, "x"), HasReason(Reason::kPageTokenInvalid));
  EXPECT_THAT(Statement(ada, -1), IsInvalidField("page_size"));
  EXPECT_THAT(Statement("ada"), IsInvalidField("parent"));
  EXPECT_THAT(Statement(CapitalServer::Of("eve")), HasReason(Reason::kNotFound));
}

TEST_F(CapitalTest, ATransferIsReadBackAsItWasMade) {
  const v1::Transfer made = server.Move(issued, ada, 5);
  const auto read = Transfer(made.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), made.SerializeAsString());
  EXPECT_THAT(Transfer("programs/acme/transfers/x"), IsInvalidField("name"));
  EXPECT_THAT(Transfer("programs/acme/transfers/999-0"), HasReason(Reason::kNotFound));
  EXPECT_THAT(server.Explain("programs/acme/transfers/x"), IsInvalidField("name"));
  EXPECT_THAT(server.Explain("programs/acme/transfers/999-0"), HasReason(Reason::kNotFound));
}

TEST_F(CapitalTest, AnExplanationTellsTheWholeStoryInOneSentence) {
  const v1::Transfer given = server.Move(issued, ada, 10);
  v1::Transfer draft = CapitalServer::Draft(ada, spent, 6);
  draft.set_memo("a hat");
  const v1::Transfer paid = server.Move(draft);
  ASSERT_THAT(server.Reverse(paid.name(), 2), IsOk());
  const auto story = server.Explain(paid.name());
  ASSERT_THAT(story, IsOk());
  EXPECT_EQ(story->standing_amount(), 4);
  ASSERT_EQ(story->lot_uses_size(), 1);
  EXPECT_EQ(story->lot_uses(0).lot(), given.name());
  EXPECT_EQ(story->lot_uses(0).amount(), 6);
  ASSERT_EQ(story->successors_size(), 1);
  EXPECT_EQ(story->successors(0).kind(), v1::Transfer::KIND_REVERSAL);
  EXPECT_EQ(story->summary(),
            "6 stars moved from " + ada + " to " + spent +
                " at 2026-11-21T12:00:00.000000Z with the note “a hat”; 2 stars of it was "
                "reversed at 2026-11-21T12:00:00.000000Z; 4 stars of it stands.");
}

TEST_F(CapitalTest, AHoldsSummaryEndsWithItsOutcome) {
  server.Move(issued, ada, 10);
  const v1::Transfer hold = server.Hold(ada, spent, 6);
  EXPECT_EQ(server.Explain(hold.name())->standing_amount(), 6);
  const auto captured = server.Capture(hold.name(), 5);
  ASSERT_THAT(captured, IsOk());
  const auto story = server.Explain(hold.name());
  EXPECT_EQ(story->standing_amount(), 0);
  EXPECT_THAT(story->summary(), HasSubstr("6 stars was held from"));
  EXPECT_THAT(story->summary(), HasSubstr("; it was captured for 5 stars at"));
  EXPECT_THAT(server.Explain(captured->name())->summary(),
              HasSubstr("5 stars of the hold " + hold.name() + " moved for good from"));
}

TEST_F(CapitalTest, ARulesTransferNamesActivityRuleAndCut) {
  v1::CreateRuleRequest rule;
  rule.set_parent(kAcme);
  rule.set_rule_id("accepted");
  rule.mutable_rule()->set_activity_type("answer-accepted");
  v1::Grant& grant = *rule.mutable_rule()->add_grants();
  grant.set_asset("reputation");
  grant.set_beneficiary(v1::Grant::BENEFICIARY_RECIPIENT);
  grant.set_amount(15);
  grant.mutable_cap()->set_id("day");
  grant.mutable_cap()->set_limit(10);
  grant.mutable_cap()->set_window(v1::Cap::WINDOW_DAY);
  rule.set_request_id(server.fixture.NewRequestId());
  ASSERT_THAT(Invoke(*server.programs, &v1::ProgramAdminService::Stub::CreateRule, rule), IsOk());
  v1::RecordActivityRequest record;
  record.set_parent(kAcme);
  record.mutable_activity()->set_type("answer-accepted");
  record.mutable_activity()->set_actor("programs/acme/members/bob");
  record.mutable_activity()->set_recipient("programs/acme/members/ada");
  record.mutable_activity()->set_source("site");
  record.mutable_activity()->set_source_event_id("1");
  const auto recorded =
      Invoke(*server.activities, &v1::ActivityAdminService::Stub::RecordActivity, record);
  ASSERT_THAT(recorded, IsOk());
  ASSERT_EQ(recorded->transfers_size(), 1);
  const auto story = server.Explain(recorded->transfers(0));
  ASSERT_THAT(story, IsOk());
  EXPECT_EQ(story->transfer().amount(), 10);
  EXPECT_EQ(story->transfer().cut_amount(), 5);
  EXPECT_EQ(story->transfer().activity(), recorded->activity().name());
  EXPECT_EQ(story->transfer().rule(), "programs/acme/rules/accepted");
  EXPECT_THAT(story->summary(), HasSubstr("because of activity " + recorded->activity().name() +
                                          " (answer-accepted) under version 1 of the rule "
                                          "programs/acme/rules/accepted; a cap or floor cut away "
                                          "5 reputation."));
}

}  // namespace
}  // namespace perigee::tests
