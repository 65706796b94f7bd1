#include <gmock/gmock.h>

#include "server/domain/board/board.h"
#include "server/domain/ledger/due_keys.h"
#include "server/ports/due_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

using ports::Due;
using ports::DueKind;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

const Time kExpire = kStart + hours(1);

Due DueHold(Time time, domain::TransferId hold, std::string program = kProgram) {
  return {time, std::move(program), DueKind::kHold, domain::DueKeyOfHold(hold)};
}
Due DuePeriod(std::string_view time, std::string board, std::string period) {
  return {*ParseTime(time), kProgram, DueKind::kPeriod,
          domain::DueKeyOfPeriod({std::move(board), std::move(period)})};
}

domain::TransferDraft Spend(const domain::AccountRef& account, std::int64_t amount,
                            std::optional<Time> expire = std::nullopt) {
  domain::TransferDraft draft;
  draft.debit = account;
  draft.credit = ProgramAccount(domain::kSpentAccount, account.asset);
  draft.amount = amount;
  draft.expire_time = expire;
  return draft;
}

domain::Board DailyBoard(domain::Revision revision, std::string id = "daily") {
  domain::Board board;
  board.id = std::move(id);
  board.display_name = "Today";
  board.asset = kAsset;
  board.cadence = domain::Cadence::kDay;
  board.time_zone = "Europe/Berlin";
  board.grace_hours = 3;
  board.create_time = *ParseTime("2026-03-27T12:00:00Z");
  board.created = board.epoch = board.revision = revision;
  return board;
}

domain::PeriodResult ResultOf(const domain::Board& board, std::string period, int version = 1) {
  domain::PeriodResult result;
  result.board = board.id;
  result.board_created = board.created;
  result.period = std::move(period);
  result.version = version;
  result.time = kStart;
  return result;
}

}  // namespace

TEST_P(StoreConformance, HoldsFallDueUntilTheyEnd) {
  MakeProgram();
  Grant(ada_, 10, kStart, kSpendable);
  const domain::AccountRef account = MemberAccount(ada_, kSpendable);
  const auto hold = [&](Time expire) {
    const Outcome outcome = WriteLedger([&](domain::LedgerUnit& ledger) {
      return ledger.Post(Spend(account, 2, expire)).status();
    });
    return domain::TransferId{outcome.value().revision, 0};
  };
  const auto all = [&] {
    return Reading<std::vector<Due>>(
        [](ports::StoreReader& reader) { return reader.due().List({}, 10); });
  };
  const domain::TransferId latest = hold(kExpire + hours(1));
  const domain::TransferId first = hold(kExpire);
  const domain::TransferId second = hold(kExpire);
  EXPECT_THAT(all(), ElementsAre(DueHold(kExpire, first), DueHold(kExpire, second),
                                 DueHold(kExpire + hours(1), latest)));
  ASSERT_THAT(
      WriteLedger([&](domain::LedgerUnit& ledger) { return ledger.Capture(first, 1).status(); }),
      IsOk());
  EXPECT_THAT(all(), ElementsAre(DueHold(kExpire, second), DueHold(kExpire + hours(1), latest)));
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) { return ledger.Void(latest).status(); }),
              IsOk());
  EXPECT_THAT(all(), ElementsAre(DueHold(kExpire, second)));
  ASSERT_THAT(
      WriteLedger([&](domain::LedgerUnit& ledger) { return ledger.TimeOut(second).status(); },
                  kExpire),
      IsOk());
  EXPECT_THAT(all(), IsEmpty());

  const auto left = Reading<std::optional<domain::Account>>([&](ports::StoreReader& reader) {
    return reader.ledger().Books(kProgram).FindAccount(account);
  });
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->debits_pending, 0);
  EXPECT_EQ(left->Available(), 9);
}

TEST_P(StoreConformance, ATransferWithoutHoldAndLotNeverFallsDue) {
  MakeProgram();
  Grant(ada_, 10, kStart, kSpendable);
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Post(Spend(MemberAccount(ada_, kSpendable), 2)).status();
              }),
              IsOk());
  EXPECT_THAT(Reading<std::vector<Due>>(
                  [](ports::StoreReader& reader) { return reader.due().List({}, 10); }),
              IsEmpty());
}

TEST_P(StoreConformance, DueThingsAreListedByTimeInAllProgrammes) {
  MakeProgram("one");
  MakeProgram("two");
  const auto hold = [&](const std::string& program, Time expire) {
    ports::Unit unit = LedgerUnitOf([](domain::LedgerUnit&) { return absl::OkStatus(); });
    unit.program = program;
    unit.decide = [&, program](
                      ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      domain::LedgerUnit ledger(reader.ledger().Books(program), Zone::Utc(), context.revision,
                                context.now);
      domain::TransferDraft draft = Spend(ProgramAccount("issued", kSpendable), 1, expire);
      draft.credit = MemberAccount(ada_, kSpendable);
      EXPECT_THAT(ledger.Post(draft), IsOk());
      ports::Decision decision;
      decision.changes.ledger = ledger.Take();
      return decision;
    };
    EXPECT_THAT(Write(std::move(unit)), IsOk());
  };
  hold("two", kExpire);
  hold("one", kExpire + hours(2));
  hold("one", kExpire);
  const std::vector<Due> all = {DueHold(kExpire, {3, 0}, "one"), DueHold(kExpire, {2, 0}, "two"),
                                DueHold(kExpire + hours(2), {2, 0}, "one")};
  const auto list = [&](const Due& after, int limit) {
    return Reading<std::vector<Due>>(
        [&](ports::StoreReader& reader) { return reader.due().List(after, limit); });
  };
  EXPECT_EQ(list({}, 10), all);
  EXPECT_THAT(list({}, 2), ElementsAre(all[0], all[1]));
  EXPECT_THAT(list(all[0], 2), ElementsAre(all[1], all[2]));
  EXPECT_THAT(list(all[2], 2), IsEmpty());

  const Due gone = DueHold(kExpire + hours(1), {2, 0}, "one");
  const std::vector<Due> asked = {all[2], gone, all[0]};
  EXPECT_THAT(Reading<std::vector<Due>>(
                  [&](ports::StoreReader& reader) { return reader.due().StillDue(asked); }),
              ElementsAre(all[2], all[0]));
}

TEST_P(StoreConformance, LotsFallDueUntilTheyAreUsedUp) {
  MakeProgram();
  const domain::AccountRef account = MemberAccount(ada_, "access");
  const domain::TransferId lot = Grant(ada_, 5, kStart, "access");
  const Time expire = Zone::Utc().AddMonths(kStart, 12);
  const Due due{expire, kProgram, DueKind::kLot, domain::DueKeyOfLot(lot, 0)};
  const auto all = [&] {
    return Reading<std::vector<Due>>(
        [](ports::StoreReader& reader) { return reader.due().List({}, 10); });
  };
  const auto spend = [&](std::int64_t amount) {
    const Outcome outcome = WriteLedger(
        [&](domain::LedgerUnit& ledger) { return ledger.Post(Spend(account, amount)).status(); });
    return domain::TransferId{outcome.value().revision, 0};
  };
  EXPECT_THAT(all(), ElementsAre(due));
  spend(2);
  EXPECT_THAT(all(), ElementsAre(due));
  const domain::TransferId rest = spend(3);
  EXPECT_THAT(all(), IsEmpty());
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Reverse(rest, 1, "given back").status();
              }),
              IsOk());
  EXPECT_THAT(all(), ElementsAre(due));
  ASSERT_THAT(
      WriteLedger([&](domain::LedgerUnit& ledger) { return ledger.ExpireLots(account); }, expire),
      IsOk());
  EXPECT_THAT(all(), IsEmpty());
}

TEST_P(StoreConformance, TheFirstOpenPeriodFallsDueAfterItsGrace) {
  MakeProgram();
  const auto all = [&] {
    return Reading<std::vector<Due>>(
        [](ports::StoreReader& reader) { return reader.due().List({}, 10); });
  };
  const auto close = [&](const domain::Board& board, const std::string& period, int version = 1) {
    domain::Changes changes;
    changes.results = {ResultOf(board, period, version)};
    EXPECT_THAT(WriteChanges(changes), IsOk());
  };
  domain::Board board = DailyBoard(2);
  domain::Changes changes;
  changes.boards = {board};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const Due first = DuePeriod("2026-03-28T02:00:00Z", "daily", "2026-03-27");
  EXPECT_THAT(all(), ElementsAre(first));

  board.scheme = domain::Scheme::kDense;
  board.epoch = board.revision = 3;
  changes.boards = {board};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  close(board, "2026-03-28");  // This close comes out of turn.
  EXPECT_THAT(all(), ElementsAre(first));
  close(board, "2026-03-26");  // This period is from before the board was made.
  close(board, "2026-03-28", 2);
  EXPECT_THAT(all(), ElementsAre(first));
  close(board, "2026-03-27");
  // The clocks went forward that night.
  const Due third = DuePeriod("2026-03-30T01:00:00Z", "daily", "2026-03-29");
  EXPECT_THAT(all(), ElementsAre(third));

  changes.boards = {DailyBoard(8)};
  changes.deleted_boards = {"daily"};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  EXPECT_THAT(all(), ElementsAre(first));
  close(board, "2026-03-27", 2);  // This result belongs to the earlier board.
  EXPECT_THAT(all(), ElementsAre(first));
  changes.boards.clear();
  ASSERT_THAT(WriteChanges(changes), IsOk());
  EXPECT_THAT(all(), IsEmpty());
}

TEST_P(StoreConformance, ABoardOfAllTimeNeverFallsDue) {
  MakeProgram();
  domain::Board board = DailyBoard(2);
  board.cadence = domain::Cadence::kAllTime;
  domain::Changes changes;
  changes.boards = {board};
  changes.results = {ResultOf(board, "all-time")};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  changes = {};
  changes.deleted_boards = {"daily"};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  EXPECT_THAT(Reading<std::vector<Due>>(
                  [](ports::StoreReader& reader) { return reader.due().List({}, 10); }),
              IsEmpty());
}

}  // namespace perigee::tests
