#include "tests/jobs/programme.h"

#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <limits>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/jobs/badge/badge_granting.h"
#include "server/jobs/board/period_closer.h"
#include "server/jobs/insider/items.h"
#include "server/jobs/ledger/expiry.h"
#include "server/jobs/member/erasing.h"
#include "server/jobs/member/terms.h"
#include "server/jobs/program/deleting.h"
#include "server/jobs/programs.h"
#include "server/jobs/tier/tier_following.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/board/standings.h"
#include "tests/matchers/status.h"
#include "tests/support/set_head.h"

namespace perigee::tests {
namespace {

const std::string kProgram = "demo";
constexpr int kEverybody = std::numeric_limits<int>::max() - 1;

std::filesystem::path NewFolder() {
  std::string pattern = testing::TempDir() + "/perigee_XXXXXX";
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  return pattern;
}

domain::Period PeriodOf(const domain::Board& board, const std::string& period, Time now) {
  const Zone zone = *Zone::Load(board.time_zone);
  return period == "current" ? domain::PeriodAt(board, zone, now)
                             : *domain::PeriodById(board, zone, period);
}

}  // namespace

void AwaitRevision(ports::BoardView& view, const ports::BoardView::Query& query) {
  const auto reached = std::make_shared<std::promise<void>>();
  view.WhenReached(query.program, query.min_revision, [reached] { reached->set_value(); });
  EXPECT_EQ(reached->get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

domain::Board MakeBoard(const std::string& id, domain::Cadence cadence, domain::Scheme scheme) {
  domain::Board board;
  board.id = id;
  board.display_name = id;
  board.asset = "reputation";
  board.cadence = cadence;
  board.rolling_days = cadence == domain::Cadence::kRolling ? 7 : 0;
  board.time_zone = "UTC";
  board.scheme = scheme;
  return board;
}

Programme::Programme(ports::BoardCopies* shared, jobs::BoardProjection::Options options)
    : folder_(NewFolder()) {
  const std::string path = folder_ / "store.db";
  EXPECT_THAT(sql::MigrateSqliteStore(path), IsOk());
  store_ = *sql::OpenSqliteStore(path);
  feed_ = std::make_unique<DeafFeed>(store_->feed());
  boards_store_ = std::make_unique<FailingStore>(*store_);
  names_store_ = std::make_unique<FailingStore>(*store_);
  directory_ = std::make_unique<adapters::StoreMemberDirectory>(*names_store_);
  terms_ = std::make_unique<jobs::StoreTerms>(*store_);
  view_ = std::make_unique<jobs::BoardProjection>(
      jobs::BoardProjection::Parts{*boards_store_, *feed_, memory_, shared, *directory_, *terms_,
                                   clock, executor, telemetry},
      options);
  Make();
  leases_ = std::make_unique<jobs::LeaseKeeper>(
      jobs::LeaseKeeper::Parts{store_->leases(), steady_clock_, ids_},
      jobs::LeaseKeeper::Options{.jobs = {std::string(jobs::DueLoop::kJob)}},
      [](const jobs::LeaseKeeper::Change&) {});
  EXPECT_THAT(leases_->RunOnce(), IsOk());
}

Programme::~Programme() {
  store_->Stop();
  view_->Stop();
  view_.reset();
  directory_.reset();
  boards_store_.reset();
  store_.reset();
  std::filesystem::remove_all(folder_);
}

domain::Revision Programme::Write(ports::Decide decide) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = clock.Now();
  unit.decide = std::move(decide);
  const absl::StatusOr<ports::Outcome> outcome = jobs::WriteAndWait(*store_, std::move(unit));
  EXPECT_THAT(outcome, IsOk());
  head = outcome.ok() ? std::max(head, outcome->revision) : head;
  return head;
}

void Programme::Make() {
  Write([](ports::StoreReader&, const ports::UnitContext& unit) {
    ports::Decision decision;
    decision.changes.records.Put(
        domain::Program{kProgram, "Demo", "UTC", unit.now, unit.now, unit.revision});
    decision.changes.records.PutAll(domain::DefaultAssets(unit.now, unit.revision));
    return decision;
  });
}

void Programme::Delete() {
  Write([](ports::StoreReader&, const ports::UnitContext&) {
    ports::Decision decision;
    decision.deletes_program = true;
    return decision;
  });
  head = 0;
}

domain::Revision Programme::AddMember(const std::string& id) {
  const domain::MemberKey key = ids_.Random();
  return Write([&](ports::StoreReader&, const ports::UnitContext& unit) {
    domain::Member member;
    member.key = key;
    member.id = id;
    member.display_name = id;
    member.kinds = {domain::StakeholderKind::kCustomer};
    member.join_time = member.create_time = member.update_time = unit.now;
    member.revision = unit.revision;
    ports::Decision decision;
    decision.changes.records.Put(std::move(member));
    return decision;
  });
}

domain::Revision Programme::ChangeMember(const std::string& id,
                                         const std::function<void(domain::Member&)>& change) {
  return Write([&](ports::StoreReader& reader,
                   const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(auto member, reader.members().Find(kProgram, id));
    change(*member);
    member->update_time = unit.now;
    member->revision = unit.revision;
    ports::Decision decision;
    decision.changes.records.Put(*std::move(member));
    return decision;
  });
}

domain::Revision Programme::SetHead(const std::string& id, const std::string& into) {
  const domain::MemberKey member = KeyOf(id);
  const domain::MemberKey head_key = into.empty() ? domain::MemberKey() : KeyOf(into);
  return Write([&](ports::StoreReader& reader, const ports::UnitContext& unit) {
    return tests::SetHead(reader, unit, kProgram, member, head_key);
  });
}

domain::MemberKey Programme::KeyOf(const std::string& id) {
  domain::MemberKey key;
  Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto found, reader.members().Find(kProgram, id));
    key = found->key;
    return absl::OkStatus();
  });
  return key;
}

void Programme::EraseRow(const std::string& id) {
  ChangeOneRow("DELETE FROM member WHERE member_key = x'" + KeyOf(id).Hex() + "'");
}

void Programme::ChangeOneRow(const std::string& sql) {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open((folder_ / "store.db").c_str(), &db), SQLITE_OK);
  sqlite3_busy_timeout(db, 10'000);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  EXPECT_EQ(sqlite3_changes(db), 1);
  sqlite3_close(db);
}

domain::Revision Programme::Erase(const domain::MemberKey& key) {
  return Write([&](ports::StoreReader&, const ports::UnitContext&) {
    ports::Decision decision;
    decision.changes.erased = {key};
    return decision;
  });
}

domain::Revision Programme::Ledger(const std::function<void(domain::LedgerUnit&)>& work) {
  return Write([&](ports::StoreReader& reader,
                   const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
    domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                              unit.now);
    work(ledger);
    ports::Decision decision;
    decision.changes.ledger = ledger.Take();
    return decision;
  });
}

domain::TransferId Programme::Earn(const std::string& member, std::int64_t amount, Time effective,
                                   const std::string& asset) {
  return Post({asset, {}, std::string(domain::kIssuedAccount)}, {asset, KeyOf(member), ""}, amount,
              effective);
}

domain::TransferId Programme::Send(const std::string& from, const std::string& to,
                                   std::int64_t amount, Time effective, const std::string& asset) {
  return Post({asset, KeyOf(from), ""}, {asset, KeyOf(to), ""}, amount, effective);
}

domain::TransferId Programme::Post(const domain::AccountRef& debit,
                                   const domain::AccountRef& credit, std::int64_t amount,
                                   Time effective) {
  domain::TransferId id;
  Ledger([&](domain::LedgerUnit& ledger) {
    domain::TransferDraft draft;
    draft.debit = debit;
    draft.credit = credit;
    draft.amount = amount;
    draft.effective_time = effective;
    const absl::StatusOr<domain::TransferId> posted = ledger.Post(draft);
    EXPECT_THAT(posted, IsOk());
    id = posted.value_or(domain::TransferId{});
  });
  return id;
}

domain::TransferId Programme::Reverse(domain::TransferId transfer, std::int64_t amount) {
  domain::TransferId id;
  Ledger([&](domain::LedgerUnit& ledger) {
    const absl::StatusOr<domain::TransferId> reversed = ledger.Reverse(transfer, amount, "");
    EXPECT_THAT(reversed, IsOk());
    id = reversed.value_or(domain::TransferId{});
  });
  return id;
}

domain::Revision Programme::PutBoard(domain::Board board, bool redefine) {
  return Write([&](ports::StoreReader&, const ports::UnitContext& unit) {
    if (board.created == 0) {
      board.created = unit.revision;
      board.create_time = unit.now;
    }
    if (redefine) {
      board.epoch = unit.revision;
    }
    board.revision = unit.revision;
    ports::Decision decision;
    decision.changes.boards.push_back(board);
    return decision;
  });
}

domain::Revision Programme::DeleteBoard(const std::string& id) {
  return Write([&](ports::StoreReader&, const ports::UnitContext&) {
    ports::Decision decision;
    decision.changes.deleted_boards.push_back(id);
    return decision;
  });
}

ports::BoardView::Query Programme::Ask(const std::string& board, const std::string& period) {
  ports::BoardView::Query query;
  query.program = kProgram;
  query.board = board;
  query.period = period;
  query.now = clock.Now();
  query.min_revision = head;
  AwaitRevision(*view_, query);
  return query;
}

std::vector<domain::RankedPlace> Programme::Served(const std::string& board,
                                                   const std::string& period) {
  absl::StatusOr<ports::ViewSlice> slice = view_->Top(Ask(board, period), std::nullopt, kEverybody);
  EXPECT_THAT(slice, IsOk());
  if (!slice.ok()) {
    return {};
  }
  EXPECT_GE(slice->revision, head);
  EXPECT_EQ(slice->total, static_cast<std::int64_t>(slice->places.size()));
  return slice->places;
}

std::vector<domain::RankedPlace> Programme::Truth(const std::string& board,
                                                  const std::string& period,
                                                  domain::Revision revision) {
  const domain::Board definition = Board(board);
  std::vector<domain::Place> places;
  Read([&](ports::StoreReader& reader) {
    return use_cases::ForEachPlace(reader, kProgram, definition,
                                   PeriodOf(definition, period, clock.Now()).interval, revision,
                                   [&](const domain::Member& member, const domain::Score& score) {
                                     places.push_back({member.id, score});
                                   });
  });
  return domain::RankAll(std::move(places), definition.scheme);
}

std::optional<std::vector<std::string>> Programme::KnownNames(std::vector<std::string_view> ids) {
  std::vector<std::string> names;
  const absl::Status shown = directory_->Show(
      kProgram, ids, true, [&](std::size_t, std::string_view name) { names.emplace_back(name); });
  EXPECT_TRUE(shown.ok() || IsWouldBlock(shown)) << shown;
  return shown.ok() ? std::optional(names) : std::nullopt;
}

domain::Board Programme::Board(const std::string& id) {
  domain::Board found;
  Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards,
                             reader.boards().List(kProgram));
    for (const domain::Board& board : boards) {
      if (board.id == id) {
        found = board;
      }
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(found.id, id);
  return found;
}

std::vector<domain::PeriodResult> Programme::Results(const std::string& board,
                                                     const std::string& period) {
  const domain::Revision created = Board(board).created;
  std::vector<domain::PeriodResult> results;
  Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(results, reader.boards().Results(kProgram, board, created, period));
    return absl::OkStatus();
  });
  return results;
}

testing::AssertionResult Programme::Eventually(const std::function<bool()>& so) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!so()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return testing::AssertionFailure() << "not within a minute";
    }
    executor.RunUpTo(std::chrono::hours(1));
    std::this_thread::yield();
  }
  return testing::AssertionSuccess();
}

jobs::DueLoop Programme::MakeDueLoop(const jobs::LeaseKeeper* leases) {
  return jobs::DueLoop(
      {*store_, clock, leases == nullptr ? *leases_ : *leases},
      {jobs::HoldExpiry(), jobs::LotExpiry(), jobs::PeriodClosing(), jobs::DraftRemoval(),
       jobs::MemberErasing(), jobs::ProgramDeleting(), jobs::TraitSettling(),
       jobs::AppointmentSettling(), jobs::ContributionCrediting(), jobs::InvitationExpiry(),
       jobs::RedemptionExpiry(), jobs::BadgeApplying(), jobs::TierApplying(), jobs::TierReviewing(),
       jobs::ItemSettling(), jobs::SeatSettling()});
}

std::vector<std::string> Programme::Findings() {
  const auto findings = sql::CheckSqliteStore((folder_ / "store.db").string());
  EXPECT_THAT(findings, IsOk());
  std::vector<std::string> texts;
  if (findings.ok()) {
    for (const sql::Finding& finding : *findings) {
      texts.push_back(finding.what);
    }
  }
  return texts;
}

void Programme::DoWhatIsDue() { EXPECT_THAT(MakeDueLoop().RunOnce(), IsOk()); }

void Programme::Read(const std::function<absl::Status(ports::StoreReader&)>& body) {
  EXPECT_THAT(store_->Read(body), IsOk());
}

}  // namespace perigee::tests
