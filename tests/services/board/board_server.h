#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/adapters/board/memory_boards.h"
#include "server/adapters/member/member_directory.h"
#include "server/domain/ledger/ledger.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/member/terms.h"
#include "server/services/activity/activity_service.h"
#include "server/services/board/board_admin_service.h"
#include "server/services/board/board_service.h"
#include "server/services/board/places_after_write.h"
#include "server/services/ledger/capital_admin_service.h"
#include "server/services/member/member_service.h"
#include "server/services/program/program_service.h"
#include "tests/fakes/counting_telemetry.h"
#include "tests/fakes/manual_executor.h"
#include "tests/services/server_fixture.h"

namespace perigee::tests {

// Runs short work at once, on real threads. Long waits end only when the test ends them.
class LongWaitExecutor final : public ports::Executor {
 public:
  explicit LongWaitExecutor(ports::Executor& real) : real_(real) {}
  absl::Status Submit(std::function<void()> work) override { return real_.Submit(std::move(work)); }
  void After(std::chrono::milliseconds delay, std::function<void()> work) override {
    if (delay < std::chrono::seconds(1)) {
      real_.After(delay, std::move(work));
    } else {
      waits_.After(delay, std::move(work));
    }
  }
  std::size_t EndWaits() { return waits_.RunUpTo(std::chrono::hours(24 * 365)); }

 private:
  ports::Executor& real_;
  ManualExecutor waits_;
};

// A server with boards that follow its journal, and a programme `acme` with the members `ada`,
// `bob` and `cyd`.
class BoardServer : public ServerFixture {
 public:
  BoardServer();
  ~BoardServer();

  absl::StatusOr<v1::Board> CreateBoard(const std::string& id, v1::Board::Cadence cadence);
  absl::StatusOr<v1::Board> UpdateBoard(const v1::Board& board, const std::string& field);
  absl::StatusOr<v1::DeleteBoardResponse> DeleteBoard(const std::string& id,
                                                      const std::string& etag = "");
  absl::StatusOr<v1::Period> Close(const std::string& period);
  absl::StatusOr<v1::Period> Amend(const std::string& period, const std::string& reason);
  absl::StatusOr<v1::Period> GetPeriod(const std::string& period);
  // Answers the first page, at the newest revision or later.
  absl::StatusOr<v1::ListEntriesResponse> List(const std::string& period, int page_size = 0,
                                               const std::string& page_token = "");
  void Rename(const std::string& member, const std::string& display_name);
  void AddMember(const std::string& id);
  void Suspend(const std::string& member);
  void Reinstate(const std::string& member);
  // Merges a member into another one, or parts it again if `into` is empty.
  void SetHead(const std::string& member, const std::string& into);
  domain::TransferId Earn(const std::string& member, std::int64_t amount);
  void Reverse(domain::TransferId transfer);

  CountingTelemetry telemetry;
  domain::Revision head = 0;
  LongWaitExecutor waits{call().executor()};
  services::Call board_call{store(), clock, waits, telemetry};
  adapters::MemoryBoards memory;
  adapters::StoreMemberDirectory directory{store()};
  jobs::StoreTerms terms{store()};
  jobs::BoardProjection view{
      {store(), store().feed(), memory, nullptr, directory, terms, clock, waits, telemetry}};
  services::ProgramAdminService program_service{call(), tokens()};
  services::MemberAdminService member_service{call(), ids, tokens(), search()};
  services::BoardService board_service{board_call, view, directory, tokens()};
  services::BoardAdminService admin_service{board_call, view};
  services::PlacesAfterWrite places{view, directory, tokens(), call().executor()};
  services::ActivityAdminService activity_service{board_call, tokens(), places};
  services::CapitalAdminService capital_service{board_call, places};
  std::unique_ptr<v1::ProgramAdminService::Stub> programs;
  std::unique_ptr<v1::MemberAdminService::Stub> members;
  std::unique_ptr<v1::BoardService::Stub> boards;
  std::unique_ptr<v1::BoardAdminService::Stub> admin;
  std::unique_ptr<v1::ActivityAdminService::Stub> activities;
  std::unique_ptr<v1::CapitalAdminService::Stub> capital;

 private:
  void Write(ports::Decide decide);
  void Ledger(const std::function<void(domain::LedgerUnit&)>& work);
  domain::MemberKey KeyOf(const std::string& member);
};

// `programs/acme/boards/{board}/periods/{period}` and `programs/acme/members/{member}`.
std::string PeriodOf(const std::string& board, const std::string& period = "current");
std::string MemberOf(const std::string& member);

}  // namespace perigee::tests
