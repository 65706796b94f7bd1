#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "server/adapters/board/memory_boards.h"
#include "server/adapters/member/member_directory.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/domain/board/board.h"
#include "server/domain/ledger/ledger.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/lease_keeper.h"
#include "server/jobs/member/terms.h"
#include "tests/fakes/counting_telemetry.h"
#include "tests/fakes/deaf_feed.h"
#include "tests/fakes/failing_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/sequence_ids.h"

namespace perigee::tests {

// A programme `demo` in a store of its own. Units write to it, and its boards follow. Every call
// must succeed; a failure fails the test.
class Programme {
 public:
  explicit Programme(ports::BoardCopies* shared = nullptr,
                     jobs::BoardProjection::Options options = {});
  ~Programme();

  // Makes the programme, with the default assets. The constructor does so too.
  void Make();
  // Deletes the programme with its first rows. The rest is due.
  void Delete();
  // These two answer the revision of the change.
  domain::Revision AddMember(const std::string& id);
  domain::Revision ChangeMember(const std::string& id,
                                const std::function<void(domain::Member&)>& change);
  // Merges a member into another one, or parts it again if `into` is empty.
  domain::Revision SetHead(const std::string& id, const std::string& into);
  domain::MemberKey KeyOf(const std::string& id);
  // Removes the member's row by SQL, as if the member had been erased.
  void EraseRow(const std::string& id);
  // Runs SQL on the file, without the store.
  void ChangeOneRow(const std::string& sql);
  domain::Revision Erase(const domain::MemberKey& key);
  domain::TransferId Earn(const std::string& member, std::int64_t amount, Time effective,
                          const std::string& asset = "reputation");
  // Capital from member to member.
  domain::TransferId Send(const std::string& from, const std::string& to, std::int64_t amount,
                          Time effective, const std::string& asset);
  domain::TransferId Reverse(domain::TransferId transfer, std::int64_t amount = 0);
  domain::Revision Ledger(const std::function<void(domain::LedgerUnit&)>& work);
  domain::Revision PutBoard(domain::Board board, bool redefine = true);
  domain::Revision DeleteBoard(const std::string& id);

  // A query that waits for the newest revision.
  ports::BoardView::Query Ask(const std::string& board, const std::string& period = "current");
  // The served board, at the newest revision or later.
  std::vector<domain::RankedPlace> Served(const std::string& board,
                                          const std::string& period = "current");
  // The right board by the plain definition, from the store, at a revision (0: now).
  std::vector<domain::RankedPlace> Truth(const std::string& board,
                                         const std::string& period = "current",
                                         domain::Revision revision = 0);
  domain::Board Board(const std::string& id);
  std::vector<domain::PeriodResult> Results(const std::string& board, const std::string& period);
  void Read(const std::function<absl::Status(ports::StoreReader&)>& body);
  // What a check of the store finds wrong.
  std::vector<std::string> Findings();
  // Runs waiting work of the executor until `so` is true, for a minute at most.
  testing::AssertionResult Eventually(const std::function<bool()>& so);

  FakeClock clock{*ParseTime("2026-11-21T12:00:00Z")};
  ManualExecutor executor;
  CountingTelemetry telemetry;
  domain::Revision head = 0;

  // Holds the lease of the loop of what falls due.
  jobs::LeaseKeeper& leases() { return *leases_; }
  // A loop for every kind of due work. It works where `leases` (null: the programme's) hold the
  // lease.
  jobs::DueLoop MakeDueLoop(const jobs::LeaseKeeper* leases = nullptr);
  // Does all due work.
  void DoWhatIsDue();

  ports::Store& store() { return *store_; }
  // The feed that the boards listen to.
  DeafFeed& feed() { return *feed_; }
  // The store as the boards see it.
  FailingStore& boards_store() { return *boards_store_; }
  // The store as the directory of names sees it.
  FailingStore& names_store() { return *names_store_; }
  ports::MemberDirectory& directory() { return *directory_; }
  ports::Terms& terms() { return *terms_; }
  // The names that are known without a read of the store; nullopt if one is not known.
  std::optional<std::vector<std::string>> KnownNames(std::vector<std::string_view> ids);
  ports::Boards& memory() { return memory_; }
  jobs::BoardProjection& view() { return *view_; }

 private:
  domain::Revision Write(ports::Decide decide);
  domain::TransferId Post(const domain::AccountRef& debit, const domain::AccountRef& credit,
                          std::int64_t amount, Time effective);

  std::filesystem::path folder_;
  std::unique_ptr<sql::SqlStore> store_;
  std::unique_ptr<DeafFeed> feed_;
  std::unique_ptr<FailingStore> boards_store_;
  std::unique_ptr<FailingStore> names_store_;
  adapters::MemoryBoards memory_;
  std::unique_ptr<adapters::StoreMemberDirectory> directory_;
  std::unique_ptr<jobs::StoreTerms> terms_;
  std::unique_ptr<jobs::BoardProjection> view_;
  SequenceIds ids_;
  FakeSteadyClock steady_clock_;
  std::unique_ptr<jobs::LeaseKeeper> leases_;
};

// Waits until the view holds the query's min_revision.
void AwaitRevision(ports::BoardView& view, const ports::BoardView::Query& query);

// A board of `reputation`, in UTC.
domain::Board MakeBoard(const std::string& id, domain::Cadence cadence,
                        domain::Scheme scheme = domain::Scheme::kCompetition);

}  // namespace perigee::tests
