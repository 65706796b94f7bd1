#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/ports/board/board_view.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/sequence_ids.h"
#include "tests/simulation/history.h"
#include "tests/simulation/model.h"
#include "tests/simulation/server.h"

namespace perigee::simulation {

// Faults put into the world on purpose, to see that they are found. Neither is in the server.
struct Sabotage {
  bool cache_ignores_marks = false;
  bool store_forgets_requests = false;
};

struct Failure {
  std::size_t step = 0;  // How many steps had been taken, with the one that failed.
  std::string what;      // Which promise was broken: the same words for the same promise.
  std::string how;
};

struct Report {
  std::optional<Failure> failure;
  std::uint64_t digest = 0;  // Of everything that was answered.
  std::size_t steps = 0;
  std::int64_t changes = 0;  // Acknowledged.
  std::int64_t refusals = 0;
  std::int64_t pages = 0;
  std::int64_t faults = 0;
  std::vector<std::string> log;  // What happened, a line a step; if it was asked for.
};

// A folder in memory, where there is one, that holds the empty store which worlds begin with.
class Ground {
 public:
  Ground();
  ~Ground();
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  // A store of its own for one world.
  std::unique_ptr<sql::Database> NewStore();

 private:
  std::string folder_;
  int stores_ = 0;
};

// Two servers on one store and one cache, clients, a clock, and a model that knows what must come
// of everything. The same history in the same world is the same to the last bit.
class World {
 public:
  World(Ground& ground, const Sabotage& sabotage, int season, bool keep_log);

  // Takes the steps until one fails, then lets everything come to rest and looks at all of it.
  Report Run(const std::vector<Step>& steps);

 private:
  static constexpr int kServers = 2;

  void Take(const Step& step);
  Server& At(std::uint16_t n) { return *servers_[n % kServers]; }
  Micros Now() const { return ToMicros(clock_.Now()); }
  void StartServer(int server);
  void Note(std::string what);
  void Fail(const std::string& what, const std::string& how);

  // Changes: world_changes.cpp.
  void Ask(const Step& step);
  std::optional<Operation> Compose(const Step& step);
  Operation ComposeMember(const Step& step) const;
  Operation ComposeRule(const Step& step) const;
  Operation ComposeRecord(const Step& step);
  Operation ComposePost(const Step& step) const;
  Leg ComposeLeg(const Step& step, int turn) const;
  std::optional<Operation> ComposeOnTransfer(const Step& step) const;
  Operation ComposeBoard(const Step& step) const;
  std::optional<Operation> ComposeAgain(const Step& step);

  // What came of them: world_judge.cpp.
  void Commit(int server);
  void CommitTogether(Server& server, std::span<Waiting> waiting);
  void MakeFinal(Server& server, const Waiting& waiting);
  void Judge(const Operation& operation, const absl::StatusOr<ports::Outcome>& outcome,
             const StoreFaults& faults, int faults_before);
  void Expire(Server& server);
  void ClosePeriods(Server& server);
  void JudgeClosings();
  // While that server makes periods final, before one of its units: what a step of interleaving
  // asked for.
  void InterruptClosing(Server& server, const std::function<void()>& judge_so_far);
  void CompareEntry(const Verdict& verdict, bool in_order);
  void CompareResult(const domain::PeriodResult& head);
  void CompareHead();
  void Excuse(const absl::Status& status, const Server& server, int faults_before);

  // Questions, and the end: world_look.cpp.
  void Read(const Step& step);
  void ReadWith(Server& server, const ports::BoardView::Query& query, const Step& step);
  void ComparePage(const ports::BoardView::Query& query, const ports::ViewSlice& slice,
                   const std::vector<PageRow>& expected);
  bool CompareFrame(const ports::BoardView::Query& query, const ports::ViewSlice& slice,
                    std::vector<PageRow>& all);
  void Rest();
  void Settle();
  void LookAtBoards();
  void LookAtBooks();
  void LookAtAccount(ports::StoreReader& reader, const std::string& account);
  void LookAtJournal();
  void LookAtResults();
  absl::Status Observe(const std::function<absl::Status(ports::StoreReader&)>& body);

  // The world's own moods.
  void Wait(const Step& step);
  void BreakStore(const Step& step);
  void BreakCache(const Step& step);
  void Interleave(const Step& step);

  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Connection> observer_;
  tests::FakeClock clock_;
  tests::SequenceIds ids_;
  FaultyCache cache_;
  const Sabotage sabotage_;
  const bool keep_log_;
  std::array<std::unique_ptr<Server>, kServers> servers_;
  std::array<std::shared_ptr<void>, kServers> listening_;  // For word between them.
  Model model_;
  std::vector<Operation> asked_;  // That have a request id.
  std::vector<Operation> events_;
  std::int64_t last_request_ = 0;
  std::function<void()> interrupt_;  // For the next closing.
  int interrupt_before_ = 0;         // Which of its units.
  bool deaf_ = false;                // The next commit is told to nobody but its own server.
  Report report_;
};

}  // namespace perigee::simulation
