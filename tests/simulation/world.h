#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/domain/journal/journal.h"
#include "server/ports/board/board_view.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/sequence_ids.h"
#include "tests/simulation/history.h"
#include "tests/simulation/model.h"
#include "tests/simulation/sabotage.h"
#include "tests/simulation/server.h"

namespace perigee::simulation {

struct Failure {
  std::size_t step = 0;  // The number of steps, the failed one included.
  std::string what;      // The broken promise, always in the same words.
  std::string how;
};

// What became of the operations of one machine.
struct Tally {
  std::int64_t steps = 0;    // Operations that were asked for.
  std::int64_t changes = 0;  // That were acknowledged.
  std::int64_t refusals = 0;
  std::int64_t faults = 0;  // That took the answer.
};

// What went wrong in a world, as it was meant to.
struct Faults {
  std::int64_t crashes = 0;
  std::int64_t of_store = 0;      // Statements, transactions and commits.
  std::int64_t answers_lost = 0;  // Of those: commits that were made and called failed.
  std::int64_t of_cache = 0;      // Calls that were refused, late, or lost their answer.

  std::int64_t Sum() const { return crashes + of_store + of_cache; }
};

struct Report {
  std::optional<Failure> failure;
  std::uint64_t digest = 0;  // The digest of all answers.
  std::size_t steps = 0;
  std::array<Tally, kMachines> machines;
  std::int64_t pages = 0;
  Faults faults;
  std::vector<std::string> log;  // One line for each step, if it was asked for.

  // Counts what another world did.
  void Add(const Report& other);
  Tally Sum() const;
};

// A folder, in memory if possible, with the empty store from which worlds begin.
class Ground {
 public:
  Ground();
  ~Ground();
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  // A new store for one world.
  std::unique_ptr<sql::Database> NewStore();

 private:
  std::string folder_;
  int stores_ = 0;
};

// Two servers on one store and one cache, clients, a clock, and a model that knows the right
// outcome of everything. The same history in the same world is the same to the last bit.
class World {
 public:
  World(Ground& ground, const Sabotage& sabotage, int season, bool keep_log);

  // Takes the steps until one fails. Then lets all servers catch up and compares everything.
  Report Run(const std::vector<Step>& steps);

 private:
  static constexpr int kServers = 2;

  void Take(const Step& step);
  void CatchUp(Server& server, const std::string& on);
  // Adds the faults of a server that ends.
  void Count(const Server& server);
  Server& At(std::uint16_t n) { return *servers_[n % kServers]; }
  Micros Now() const { return ToMicros(clock_.Now()); }
  void StartServer(int server);
  void Note(std::string what);
  Tally& TallyOf(const Operation& operation) {
    return report_.machines[static_cast<std::size_t>(MachineOf(operation.action))];
  }
  void Fail(const std::string& what, const std::string& how);

  // Changes, in world_changes.cpp.
  void Ask(const Step& step);
  ports::Unit UnitFor(const Operation& operation);
  std::optional<Operation> Compose(const Step& step);
  Operation ComposeMember(const Step& step) const;
  Operation ComposeRule(const Step& step) const;
  Operation ComposeRecord(const Step& step);
  Operation ComposePost(const Step& step) const;
  Leg ComposeLeg(const Step& step, int turn) const;
  std::optional<Operation> ComposeOnTransfer(const Step& step) const;
  Operation ComposeBoard(const Step& step) const;
  std::optional<Operation> ComposeAgain(const Step& step);
  // Of champions, in world_champions.cpp. A move is nullopt if there is nothing to move.
  Operation ComposeNewThing(const Step& step) const;
  int SomebodyFor(int n) const;  // Mostly somebody who is there.
  std::optional<Operation> ComposeMove(const Step& step) const;
  // Of badges and tiers, in world_recognition.cpp.
  Operation ComposeRecognition(const Step& step) const;

  // Their outcomes, in world_judge.cpp.
  void Commit(int server);
  void CommitTogether(Server& server, std::span<Waiting> waiting);
  void MakeFinal(Server& server, const Waiting& waiting);
  void Judge(const Operation& operation, const absl::StatusOr<ports::Outcome>& outcome,
             const StoreFaults& faults, int faults_before);
  void Expire(Server& server);
  // Applies what jobs and readers settled because its time had come.
  void JudgeTime();
  void JudgeEntryOfTime(const domain::JournalEntry& entry);
  Verdict JudgeExpiry(const domain::JournalEntry& entry);
  Verdict JudgeRecognition(const domain::JournalEntry& entry);
  // Lets the followers of badges and tiers catch up, and compares what they did.
  void FollowRules(Server& server);
  // Whether rows of an erased member are to be cleared by then.
  bool IsErasing(Time by);
  void ClosePeriods(Server& server);
  // Deletes the programme for good and makes a new one of the same id.
  void DeleteProgram(Server& server);
  void JudgeClosings();
  // If a step of interleaving asked for it, interrupts this server before one of the units that
  // make a period final.
  void InterruptClosing(Server& server, const std::function<void()>& judge_so_far);
  void CompareEntry(const Verdict& verdict, bool in_order);
  void CompareResult(const domain::PeriodResult& head);
  void CompareHead();
  void Excuse(const absl::Status& status, const Server& server, int faults_before);

  // Reads and the end, in world_look.cpp.
  void Read(const Step& step);
  void ReadWith(Server& server, const ports::BoardView::Query& query, const Step& step);
  void ComparePage(const ports::BoardView::Query& query, const ports::ViewSlice& slice,
                   const std::vector<PageRow>& expected);
  bool CompareFrame(const ports::BoardView::Query& query, const ports::ViewSlice& slice,
                    std::vector<PageRow>& all);
  void Rest();
  void CatchUpAll();
  void LookAtBoards();
  void LookAtBooks();
  void LookAtAccount(ports::StoreReader& reader, const std::string& account);
  void LookAtJournal();
  void LookAtChampions();
  void LookAtRecognition();
  // Fails with the first line that is another one.
  void CompareLines(const std::string& what, const std::vector<std::string>& lines,
                    const std::vector<std::string>& expected);
  void LookAtResults();
  absl::Status Observe(const std::function<absl::Status(ports::StoreReader&)>& body);

  // Changes of the world itself.
  void Wait(const Step& step);
  Micros LongestWait() const;
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
  std::array<std::shared_ptr<void>, kServers> listening_;  // Servers tell each other of commits.
  Model model_;
  std::int64_t head_before_ = 0;  // The head before the units that are committed together.
  std::vector<Operation> asked_;  // Operations with a request id.
  std::vector<Operation> events_;
  std::int64_t last_request_ = 0;
  std::function<void()> interrupt_;  // Runs in the next closing.
  int interrupt_before_ = 0;         // It runs before this unit.
  bool deaf_ = false;                // Only its own server is told of the next commit.
  Report report_;
};

}  // namespace perigee::simulation
