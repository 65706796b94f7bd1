#include <limits>
#include <vector>

#include "server/core/text.h"
#include "tests/matchers/status.h"
#include "tests/services/ledger/capital_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

using Changes = v1::CapitalAdminService::Stub;

class CapitalAdminTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::PostTransfersResponse> PostOne(const v1::Transfer& draft) {
    return server.Post(server.Request({draft}));
  }
  absl::StatusOr<v1::PostTransfersResponse> Split(const v1::DistributeRequest& request) {
    return Invoke(*server.changes, &Changes::Distribute, request);
  }
  v1::DistributeRequest SplitRequest(std::int64_t amount,
                                     const std::vector<std::pair<std::string, int>>& shares) {
    v1::DistributeRequest request;
    request.set_parent(kAcme);
    request.set_debit_account(CapitalServer::Own("issued"));
    request.set_amount(amount);
    for (const auto& [account, weight] : shares) {
      v1::DistributeRequest::Share* share = request.add_shares();
      share->set_account(account);
      share->set_weight(weight);
    }
    request.set_request_id(server.fixture.NewRequestId());
    return request;
  }
  google::protobuf::Timestamp In(std::chrono::seconds delay) {
    google::protobuf::Timestamp time;
    time.set_seconds(std::chrono::duration_cast<std::chrono::seconds>(
                         server.fixture.clock.Now().time_since_epoch() + delay)
                         .count());
    return time;
  }

  CapitalServer server;
  const std::string ada = CapitalServer::Of("ada");
  const std::string bob = CapitalServer::Of("bob");
  const std::string issued = CapitalServer::Own("issued");
  const std::string spent = CapitalServer::Own("spent");
};

TEST_F(CapitalAdminTest, PostingMovesTheAmountAndNamesTheTransfer) {
  const v1::Transfer made = server.Move(issued, ada, 25);
  EXPECT_EQ(made.debit_account(), issued);
  EXPECT_EQ(made.credit_account(), ada);
  EXPECT_EQ(made.amount(), 25);
  EXPECT_EQ(made.kind(), v1::Transfer::KIND_POSTED);
  EXPECT_EQ(made.name(), "programs/acme/transfers/" + std::to_string(made.revision()) + "-0");
  EXPECT_EQ(server.Account(ada).balance(), 25);
  EXPECT_EQ(server.Account(issued).balance(), -25);
}

TEST_F(CapitalAdminTest, TransfersThatBelongTogetherAreAllPostedOrNone) {
  server.Move(issued, ada, 10);
  const auto both = server.Post(
      server.Request({CapitalServer::Draft(ada, bob, 10), CapitalServer::Draft(ada, bob, 1)}));
  EXPECT_THAT(both, HasReason(Reason::kInsufficientFunds));
  EXPECT_EQ(server.Account(ada).balance(), 10);
  const auto chain = server.Post(
      server.Request({CapitalServer::Draft(ada, bob, 10), CapitalServer::Draft(bob, spent, 10)}));
  ASSERT_THAT(chain, IsOk());
  EXPECT_EQ(chain->transfers_size(), 2);
  EXPECT_EQ(chain->revision(), chain->transfers(1).revision());
  EXPECT_EQ(server.Account(spent).balance(), 10);
}

TEST_F(CapitalAdminTest, AMalformedTransferIsRefusedNamingItsField) {
  const auto draft = [&] { return CapitalServer::Draft(issued, ada, 1); };
  v1::Transfer wrong = draft();
  wrong.set_debit_account("ada");
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].debit_account"));
  wrong = draft();
  wrong.clear_credit_account();
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].credit_account"));
  wrong = draft();
  wrong.set_credit_account("programs/other/members/ada/accounts/stars");
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].credit_account"));
  EXPECT_THAT(PostOne(CapitalServer::Draft(ada, ada, 1)),
              IsInvalidField("transfers[0].credit_account"));
  EXPECT_THAT(PostOne(CapitalServer::Draft(issued, ada, -1)),
              IsInvalidField("transfers[0].amount"));
  const auto from_spent = PostOne(CapitalServer::Draft(spent, ada, 1));
  EXPECT_THAT(from_spent, IsInvalidField("transfers[0].debit_account"));
  EXPECT_EQ(from_spent.status().message(),
            "transfers[0].debit_account is debited only by a reversal");
  EXPECT_THAT(server.Post(server.Request({draft(), CapitalServer::Draft(issued, ada, -1)})),
              IsInvalidField("transfers[1].amount"));
  wrong = draft();
  wrong.set_memo(std::string(501, 'x'));
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].memo"));
  wrong = draft();
  *wrong.mutable_expire_time() = In(std::chrono::seconds(0));
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].expire_time"));
  *wrong.mutable_expire_time() = In(std::chrono::days(366) + std::chrono::seconds(1));
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].expire_time"));
  wrong = draft();
  *wrong.mutable_effective_time() = In(std::chrono::seconds(1));
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].effective_time"));
  wrong.mutable_effective_time()->set_nanos(-1);
  EXPECT_THAT(PostOne(wrong), IsInvalidField("transfers[0].effective_time"));
}

TEST_F(CapitalAdminTest, AMalformedPostingIsRefused) {
  EXPECT_THAT(server.Post(server.Request({})), IsInvalidField("transfers"));
  EXPECT_THAT(server.Post(server.Request(std::vector<v1::Transfer>(1001))),
              IsInvalidField("transfers"));
  v1::PostTransfersRequest request = server.Request({CapitalServer::Draft(issued, ada, 1)});
  request.set_parent("acme");
  EXPECT_THAT(server.Post(request), IsInvalidField("parent"));
  request.set_parent(kAcme);
  request.set_request_id("one");
  EXPECT_THAT(server.Post(request), IsInvalidField("request_id"));
}

TEST_F(CapitalAdminTest, MissingResourcesAreNotFound) {
  EXPECT_THAT(PostOne(CapitalServer::Draft(issued, CapitalServer::Of("eve"), 1)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(PostOne(CapitalServer::Draft(CapitalServer::Own("issued", "gold"),
                                           CapitalServer::Of("ada", "gold"), 1)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(PostOne(CapitalServer::Draft(CapitalServer::Own("budget"), ada, 1)),
              HasReason(Reason::kNotFound));
  v1::PostTransfersRequest request =
      server.Request({CapitalServer::Draft("programs/none/assets/stars/accounts/issued",
                                           "programs/none/members/ada/accounts/stars", 1)});
  request.set_parent("programs/none");
  EXPECT_THAT(server.Post(request), HasReason(Reason::kNotFound));
}

TEST_F(CapitalAdminTest, AForbiddenTransferIsRefused) {
  EXPECT_THAT(PostOne(CapitalServer::Draft(ada, bob, 1)), HasReason(Reason::kInsufficientFunds));
  EXPECT_THAT(PostOne(CapitalServer::Draft(issued, CapitalServer::Of("ada", "gems"), 1)),
              HasReason(Reason::kAssetMismatch));
  server.Move(CapitalServer::Own("issued", "reputation"), CapitalServer::Of("ada", "reputation"),
              5);
  EXPECT_THAT(PostOne(CapitalServer::Draft(CapitalServer::Of("ada", "reputation"),
                                           CapitalServer::Of("bob", "reputation"), 1)),
              HasReason(Reason::kAssetNotSpendable));
  server.Move(issued, ada, std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(PostOne(CapitalServer::Draft(issued, ada, 1)), HasReason(Reason::kAmountOverflow));
}

TEST_F(CapitalAdminTest, ASuspendedMemberReceivesButDoesNotSpend) {
  server.Move(issued, ada, 10);
  const v1::Transfer hold = server.Hold(ada, spent, 4);
  server.Suspend("ada");
  EXPECT_THAT(PostOne(CapitalServer::Draft(ada, bob, 1)), HasReason(Reason::kMemberSuspended));
  v1::DistributeRequest split = SplitRequest(1, {{bob, 1}});
  split.set_debit_account(ada);
  EXPECT_THAT(Split(split), HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(server.Capture(hold.name()), HasReason(Reason::kMemberSuspended));
  const v1::Transfer given = server.Move(issued, ada, 5);
  EXPECT_THAT(server.Reverse(given.name()), IsOk());
  EXPECT_THAT(server.Void(hold.name()), IsOk());
  EXPECT_EQ(server.Account(ada).available(), 10);
}

TEST_F(CapitalAdminTest, TheSameRequestTwiceTakesEffectOnce) {
  v1::PostTransfersRequest request = server.Request({CapitalServer::Draft(issued, ada, 3)});
  const auto first = server.Post(request);
  const auto again = server.Post(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(server.Account(ada).balance(), 3);
  request.mutable_transfers(0)->set_amount(4);
  EXPECT_THAT(server.Post(request), HasReason(Reason::kRequestIdReused));
}

TEST_F(CapitalAdminTest, ARetryAfterTheHoldsTimeIsAnsweredAsBefore) {
  server.Move(issued, ada, 3);
  v1::Transfer hold = CapitalServer::Draft(ada, spent, 3);
  *hold.mutable_expire_time() = In(std::chrono::hours(1));
  const v1::PostTransfersRequest request = server.Request({hold});
  const auto first = server.Post(request);
  ASSERT_THAT(first, IsOk());
  server.fixture.clock.Advance(std::chrono::hours(2));
  const auto again = server.Post(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
}

TEST_F(CapitalAdminTest, ARefusedTryDoesNotUseItsRequestIdUp) {
  const v1::PostTransfersRequest request = server.Request({CapitalServer::Draft(ada, spent, 3)});
  EXPECT_THAT(server.Post(request), HasReason(Reason::kInsufficientFunds));
  server.Move(issued, ada, 3);
  EXPECT_THAT(server.Post(request), IsOk());
}

TEST_F(CapitalAdminTest, ExactlyOneOfManyClientsSpendsTheLastUnit) {
  server.Move(issued, ada, 1);
  std::vector<v1::PostTransfersRequest> requests;
  for (int i = 0; i < 64; ++i) {
    requests.push_back(server.Request({CapitalServer::Draft(ada, spent, 1)}));
  }
  const Race race =
      AtOnce(64, [&](int i) { return server.Post(requests[static_cast<std::size_t>(i)]); });
  EXPECT_EQ(race, (Race{1, {{Reason::kInsufficientFunds, 63}}}));
  EXPECT_EQ(server.Account(ada).balance(), 0);
  EXPECT_EQ(server.Account(spent).balance(), 1);
}

TEST_F(CapitalAdminTest, AHoldIsCapturedInPartAndTheRestIsFreeAgain) {
  server.Move(issued, ada, 10);
  const v1::Transfer hold = server.Hold(ada, spent, 6);
  EXPECT_EQ(hold.kind(), v1::Transfer::KIND_PENDING);
  EXPECT_EQ(server.Account(ada).balance(), 10);
  EXPECT_EQ(server.Account(ada).available(), 4);
  EXPECT_THAT(server.Capture(hold.name(), 7), IsInvalidField("amount"));
  EXPECT_THAT(server.Capture(hold.name(), -1), IsInvalidField("amount"));
  const auto captured = server.Capture(hold.name(), 4);
  ASSERT_THAT(captured, IsOk());
  EXPECT_EQ(captured->original(), hold.name());
  EXPECT_EQ(captured->kind(), v1::Transfer::KIND_CAPTURE);
  EXPECT_EQ(server.Account(ada).available(), 6);
  EXPECT_THAT(server.Capture(hold.name()), HasReason(Reason::kTransferNotPending));
  EXPECT_THAT(server.Void(hold.name()), HasReason(Reason::kTransferNotPending));
}

TEST_F(CapitalAdminTest, AVoidedOrExpiredHoldMovesNothing) {
  server.Move(issued, ada, 10);
  const v1::Transfer voided = server.Hold(ada, spent, 6);
  EXPECT_THAT(server.Void(voided.name()), IsOk());
  EXPECT_EQ(server.Account(ada).available(), 10);
  const v1::Transfer expired = server.Hold(ada, spent, 6);
  server.fixture.clock.Advance(std::chrono::hours(1));
  EXPECT_THAT(server.Capture(expired.name()), HasReason(Reason::kTransferNotPending));
}

TEST_F(CapitalAdminTest, ReversalsUndoInPartsUpToTheWhole) {
  const v1::Transfer given = server.Move(issued, ada, 10);
  const auto part = server.Reverse(given.name(), 4, "Counted twice");
  ASSERT_THAT(part, IsOk());
  EXPECT_EQ(part->kind(), v1::Transfer::KIND_REVERSAL);
  EXPECT_EQ(part->original(), given.name());
  EXPECT_EQ(part->memo(), "Counted twice");
  EXPECT_THAT(server.Reverse(given.name(), 7), HasReason(Reason::kAlreadyReversed));
  EXPECT_THAT(server.Reverse(given.name()), IsOk());
  EXPECT_EQ(server.Account(ada).balance(), 0);
  EXPECT_THAT(server.Reverse(given.name()), HasReason(Reason::kAlreadyReversed));
  EXPECT_THAT(server.Reverse(part->name()), HasReason(Reason::kNotReversible));
}

TEST_F(CapitalAdminTest, AnImpossibleReversalIsRefused) {
  const v1::Transfer given = server.Move(issued, ada, 10);
  const v1::Transfer hold = server.Hold(ada, spent, 10);
  EXPECT_THAT(server.Reverse(hold.name()), HasReason(Reason::kNotReversible));
  EXPECT_THAT(server.Reverse(given.name()), HasReason(Reason::kInsufficientFunds));
  EXPECT_THAT(server.Reverse(given.name(), -1), IsInvalidField("amount"));
  EXPECT_THAT(server.Reverse(given.name(), 0, "\x01"), IsInvalidField("memo"));
}

TEST_F(CapitalAdminTest, MalformedAndMissingTransferNamesAreRefused) {
  for (const std::string name : {"", "programs/acme/transfers/x", "programs/acme/assets/a"}) {
    EXPECT_THAT(server.Capture(name), IsInvalidField("name"));
    EXPECT_THAT(server.Void(name), IsInvalidField("name"));
    EXPECT_THAT(server.Reverse(name), IsInvalidField("name"));
  }
  for (const std::string name : {"programs/acme/transfers/999-0", "programs/none/transfers/1-0"}) {
    EXPECT_THAT(server.Capture(name), HasReason(Reason::kNotFound));
    EXPECT_THAT(server.Void(name), HasReason(Reason::kNotFound));
    EXPECT_THAT(server.Reverse(name), HasReason(Reason::kNotFound));
  }
}

TEST_F(CapitalAdminTest, ABudgetIsOpenedOnceAndSpentDownToNothing) {
  const auto opened = server.Open("fair");
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->name(), CapitalServer::Own("fair"));
  EXPECT_FALSE(opened->overdraft());
  EXPECT_THAT(server.Open("fair"), HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(server.Open("issued"), IsInvalidField("account_id"));
  EXPECT_THAT(server.Open("Fair!"), IsInvalidField("account_id"));
  EXPECT_THAT(PostOne(CapitalServer::Draft(CapitalServer::Own("fair"), ada, 1)),
              HasReason(Reason::kInsufficientFunds));
  server.Move(issued, CapitalServer::Own("fair"), 2);
  server.Move(CapitalServer::Own("fair"), ada, 2);
  EXPECT_EQ(server.Account(CapitalServer::Own("fair")).balance(), 0);
  v1::CreateAccountRequest request;
  request.set_parent("programs/acme/assets/gold");
  request.set_account_id("fair");
  request.set_request_id(server.fixture.NewRequestId());
  EXPECT_THAT(Invoke(*server.changes, &Changes::CreateAccount, request),
              HasReason(Reason::kNotFound));
}

TEST_F(CapitalAdminTest, ASplitAddsUpAndTiesGoToTheLowestName) {
  const auto made = Split(SplitRequest(10, {{bob, 1}, {ada, 1}, {spent, 1}}));
  ASSERT_THAT(made, IsOk());
  ASSERT_EQ(made->transfers_size(), 3);
  // `programs/acme/assets/…` comes before `programs/acme/members/…`.
  EXPECT_EQ(made->transfers(0).credit_account(), bob);
  EXPECT_EQ(made->transfers(0).amount(), 3);
  EXPECT_EQ(made->transfers(1).amount(), 3);
  EXPECT_EQ(made->transfers(2).amount(), 4);
  const auto one = Split(SplitRequest(1, {{bob, 1}, {ada, 1}}));
  ASSERT_THAT(one, IsOk());
  ASSERT_EQ(one->transfers_size(), 1);
  EXPECT_EQ(one->transfers(0).credit_account(), ada);
}

TEST_F(CapitalAdminTest, AnInvalidSplitIsRefused) {
  EXPECT_THAT(Split(SplitRequest(0, {{ada, 1}})), IsInvalidField("amount"));
  EXPECT_THAT(Split(SplitRequest(1, {})), IsInvalidField("shares"));
  EXPECT_THAT(Split(SplitRequest(1, {{ada, 0}})), IsInvalidField("shares"));
  EXPECT_THAT(Split(SplitRequest(1, {{ada, -1}})), IsInvalidField("shares[0].weight"));
  EXPECT_THAT(Split(SplitRequest(1, {{ada, 1}, {ada, 1}})), IsInvalidField("shares[1].account"));
  EXPECT_THAT(Split(SplitRequest(1, {{issued, 1}})), IsInvalidField("shares[0].account"));
  EXPECT_THAT(Split(SplitRequest(1, {{"ada", 1}})), IsInvalidField("shares[0].account"));
  EXPECT_THAT(Split(SplitRequest(1, {{ada, 1}, {CapitalServer::Of("eve"), 0}})),
              HasReason(Reason::kNotFound));
  v1::DistributeRequest request = SplitRequest(1, {{ada, 1}});
  *request.mutable_effective_time() = In(std::chrono::seconds(1));
  EXPECT_THAT(Split(request), IsInvalidField("effective_time"));
  request = SplitRequest(1, {{CapitalServer::Of("ada", "gems"), 1}});
  EXPECT_THAT(Split(request), HasReason(Reason::kAssetMismatch));
  request = SplitRequest(5, {{ada, 1}});
  request.set_debit_account(bob);
  EXPECT_THAT(Split(request), HasReason(Reason::kInsufficientFunds));
}

TEST_F(CapitalAdminTest, ASplitNamesTheFieldsOfItsOwnRequest) {
  const std::string expired = CapitalServer::Own("expired");
  const auto refused = Split(SplitRequest(10, {{ada, 1}, {expired, 1}}));
  EXPECT_THAT(refused, IsInvalidField("shares[1].account"));
  EXPECT_EQ(refused.status().message(), "shares[1].account is credited only by expiry");
  v1::DistributeRequest request = SplitRequest(1, {{ada, 1}});
  request.set_debit_account(spent);
  EXPECT_THAT(Split(request), IsInvalidField("debit_account"));
}

TEST_F(CapitalAdminTest, NaughtyMemosAreKeptByteForByteOrRefused) {
  const std::vector<std::string> memos = NaughtyStrings();
  if (memos.empty()) {
    PERIGEE_SKIP_OR_FAIL("no naughty strings: set PERIGEE_DATA");
  }
  int kept = 0;
  for (const std::string& memo : memos) {
    v1::Transfer draft = CapitalServer::Draft(issued, ada, 1);
    draft.set_memo(memo);
    const auto made = PostOne(draft);
    if (!made.ok()) {
      EXPECT_THAT(made, IsInvalidField("transfers[0].memo"));
      EXPECT_FALSE(CheckText("memo", memo, 0, 500).ok()) << memo;
      continue;
    }
    v1::GetTransferRequest request;
    request.set_name(made->transfers(0).name());
    const auto read = Invoke(*server.reads, &v1::CapitalService::Stub::GetTransfer, request);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->memo(), memo);
    ++kept;
  }
  EXPECT_GT(kept, 400);
}

}  // namespace
}  // namespace perigee::tests
