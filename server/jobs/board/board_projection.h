#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/serial_worker.h"
#include "server/jobs/board/board_listeners.h"
#include "server/jobs/board/projected_program.h"
#include "server/jobs/board/projection_pass.h"
#include "server/jobs/board/revision_waits.h"
#include "server/jobs/board/shared_boards.h"
#include "server/jobs/journal/follower.h"
#include "server/ports/board/board_view.h"
#include "server/ports/board/boards.h"
#include "server/ports/store.h"

namespace perigee::ports {
class Clock;
class Executor;
class MemberDirectory;
class Telemetry;
class Terms;
}  // namespace perigee::ports

namespace perigee::jobs {

// Boards that follow the journal. The in-process cache answers all reads. A period enters that
// cache when it is first read: from the shared cache if that holds it, else from the store. From
// then on every journal entry is applied to it, and the changes are passed on to the shared cache.
// A period that was not read for two seconds and that nobody watches rests: its entries are
// applied together when it is read again. So a write costs nothing for boards that nobody looks at.
// Past periods stay as long as there is room. One follower of the journal does the projection, and
// another thread keeps the shared cache. The projection has no cursor: it starts from the state of
// the store.
class BoardProjection final : public ports::BoardView {
 public:
  struct Parts {
    const ports::Store& store;
    ports::JournalFeed& feed;  // The store's.
    ports::Boards& memory;
    ports::BoardCopies* shared = nullptr;  // Absent: only the in-process cache is kept.
    ports::MemberDirectory& directory;
    ports::Terms& terms;
    ports::Clock& clock;
    ports::Executor& executor;
    ports::Telemetry& telemetry;
  };
  struct Options {
    // How many periods of one programme are kept besides the present ones.
    std::size_t past_periods_max = 64;
    // A period that rests leaves the cache after this many entries, because building it anew is
    // quicker than applying them.
    domain::Revision rest_max = 20'000;
    std::chrono::milliseconds retry_after{250};
    // Makes the workers of the projection and of the shared cache.
    std::function<std::shared_ptr<Worker>()> make_worker = [] {
      return std::make_shared<SerialWorker>();
    };
  };
  // All parts must outlive it.
  explicit BoardProjection(Parts parts) : BoardProjection(parts, Options{}) {}
  BoardProjection(Parts parts, Options options);
  ~BoardProjection() override;
  BoardProjection(const BoardProjection&) = delete;
  BoardProjection& operator=(const BoardProjection&) = delete;

  // Takes up all existing programmes.
  absl::Status Start();
  // Ends the threads. Reads then still answer from the cached state.
  void Stop();

  absl::StatusOr<ports::ViewSlice> Top(const Query& query,
                                       const std::optional<domain::Place>& after,
                                       int limit) override;
  absl::StatusOr<ports::ViewSlice> Around(const Query& query, const std::string& member_id,
                                          int limit) override;
  absl::StatusOr<ports::ViewSlice> PlacesOf(const Query& query,
                                            std::span<const std::string> member_ids) override;
  absl::StatusOr<domain::Board> Definition(const std::string& program,
                                           const std::string& board) override;
  std::optional<PeriodState> StateOf(const Query& query) override;
  void WhenReached(const std::string& program, domain::Revision revision,
                   std::function<void()> then) override;
  std::shared_ptr<void> Subscribe(const std::string& program, const std::string& board,
                                  std::function<void()> listener) override;
  absl::StatusOr<std::vector<Comparison>> Verify(const Query& query,
                                                 domain::Revision* revision) override;

 private:
  // A period that may be read, in the state in which it was found.
  struct Ready {
    ProgramPtr program;
    PeriodPtr period;
    PeriodState state;
    bool moving = false;
    bool has_merged = false;  // Members are merged, so an id may stand for another one.
  };
  using Ids = std::span<const std::string>;
  using ReadSlice = absl::FunctionRef<absl::StatusOr<ports::Slice>(const ports::PeriodKey&, Ids)>;

  // The programme if it is known here, or null.
  ProgramPtr Known(const std::string& program);
  absl::StatusOr<ProgramPtr> Open(const std::string& program);
  // Opens the programme anew if it was deleted and made again meanwhile.
  absl::StatusOr<DefinitionPtr> RequireDefinition(ProgramPtr& program, const std::string& board);
  // Lets the programme hold what time alone has changed up to `now`.
  absl::Status SettleTerms(ProjectedProgram& program, Time now);
  // nullopt if it would have to wait. Never blocks.
  std::optional<Ready> FindReady(const Query& query);
  absl::StatusOr<Ready> MakeReady(const Query& query);
  // Gives `read` the ids of the members that stand for those asked for.
  absl::StatusOr<ports::ViewSlice> Read(const Query& query, Ids member_ids, ReadSlice read);

  // Waits until the period is in the cache, and builds it if no other thread does. Afterwards the
  // period may be gone again, because the definition moved on, or behind again, so the caller must
  // look again.
  absl::Status HoldPeriod(const ProgramPtr& program, const DefinitionPtr& definition,
                          const domain::Period& period);
  void Build(const ProgramPtr& program, const PeriodPtr& period);
  struct Filled {
    bool defined = true;  // At this view of the store the board has the definition of the period.
    ports::Mark mark;
  };
  absl::StatusOr<Filled> Fill(const HeldPeriod& period, domain::Revision copies_since);
  // Lets the directory load the members' names.
  void LearnLater(const std::string& program, const std::vector<domain::Place>& places);
  void MakeRoom(const ProgramPtr& program);
  // Makes the shared cache hold the present periods and no others.
  void Share(const ProgramPtr& program);
  void Forget(const ProgramPtr& program, const PeriodPtr& period);
  // Drops all that is known of a deleted programme. If there is a new one of that id, the next
  // reader opens it.
  void ForgetProgram(const std::string& program);

  bool LookedAt(const HeldPeriod& period);
  // `verified`, if any, is looked at too.
  ProjectionPass Begin(const ProgramPtr& program, const HeldPeriod* verified = nullptr);
  // How long the follower may wait for more entries.
  std::chrono::milliseconds PauseOf(const std::string& program);

  // Run on the follower's worker or in its place. The follower calls `CatchUp`. If `Advance` fails,
  // the follower tries again.
  absl::Status CatchUp(const std::string& program, domain::Revision head);
  absl::Status Advance(const std::string& program, domain::Revision head);
  // Called with `applying` held.
  absl::Status AdvanceByStore(const ProgramPtr& program);
  void FinishPass(ProjectionPass& pass);
  // Called with the programme's mutex held.
  void FinishPart(const ProjectionPass& pass, ProjectionPass::Part& part,
                  std::set<std::string>& changed, std::vector<SharedBoards::Move>& moves);
  static void Redefine(const ProjectionPass& pass, std::set<std::string>& changed);
  absl::Status CompareMemory(ports::StoreReader& reader, const HeldPeriod& period,
                             ProjectionPass& pass, std::vector<Comparison>& comparisons);

  const ports::Store& store_;
  const PassTools tools_;
  ports::Boards& memory_;
  ports::MemberDirectory& directory_;
  ports::Terms& terms_;
  ports::Clock& clock_;
  ports::Executor& executor_;
  ports::Telemetry& telemetry_;
  const Options options_;

  std::atomic<std::uint64_t> versions_{0};
  BoardListeners listeners_;
  RevisionWaits waits_;
  std::mutex mutex_;  // Guards programs_ and deletions_.
  std::map<std::string, ProgramPtr> programs_;
  std::uint64_t deletions_ = 0;
  std::optional<SharedBoards> shared_;
  std::optional<Follower> follower_;
};

}  // namespace perigee::jobs
