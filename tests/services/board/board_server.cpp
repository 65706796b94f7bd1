#include "tests/services/board/board_server.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "server/jobs/programs.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/matchers/status.h"
#include "tests/support/set_head.h"

namespace perigee::tests {

std::string PeriodOf(const std::string& board, const std::string& period) {
  return "programs/acme/boards/" + board + "/periods/" + period;
}

std::string MemberOf(const std::string& member) { return "programs/acme/members/" + member; }

BoardServer::BoardServer() {
  Serve({&program_service, &member_service, &board_service, &admin_service, &activity_service,
         &capital_service});
  programs = v1::ProgramAdminService::NewStub(channel());
  members = v1::MemberAdminService::NewStub(channel());
  boards = v1::BoardService::NewStub(channel());
  admin = v1::BoardAdminService::NewStub(channel());
  activities = v1::ActivityAdminService::NewStub(channel());
  capital = v1::CapitalAdminService::NewStub(channel());
  v1::CreateProgramRequest request;
  request.set_program_id("acme");
  request.mutable_program()->set_display_name("Acme");
  request.set_request_id(NewRequestId());
  EXPECT_THAT(Invoke(*programs, &v1::ProgramAdminService::Stub::CreateProgram, request), IsOk());
  for (const std::string member : {"ada", "bob", "cyd"}) {
    AddMember(member);
  }
}

BoardServer::~BoardServer() {
  board_service.StopStreams();
  StopServing();
  store().Stop();
  view.Stop();
}

absl::StatusOr<v1::Board> BoardServer::CreateBoard(const std::string& id,
                                                   v1::Board::Cadence cadence) {
  v1::CreateBoardRequest request;
  request.set_parent("programs/acme");
  request.set_board_id(id);
  request.mutable_board()->set_display_name("Board " + id);
  request.mutable_board()->set_asset("reputation");
  request.mutable_board()->set_cadence(cadence);
  request.set_request_id(NewRequestId());
  auto board = Invoke(*admin, &v1::BoardAdminService::Stub::CreateBoard, request);
  head = board.ok() ? std::max(head, board->revision()) : head;
  return board;
}

absl::StatusOr<v1::Board> BoardServer::UpdateBoard(const v1::Board& board,
                                                   const std::string& field) {
  v1::UpdateBoardRequest request;
  *request.mutable_board() = board;
  request.mutable_update_mask()->add_paths(field);
  request.set_request_id(NewRequestId());
  auto updated = Invoke(*admin, &v1::BoardAdminService::Stub::UpdateBoard, request);
  head = updated.ok() ? std::max(head, updated->revision()) : head;
  return updated;
}

absl::StatusOr<v1::DeleteBoardResponse> BoardServer::DeleteBoard(const std::string& id,
                                                                 const std::string& etag) {
  v1::DeleteBoardRequest request;
  request.set_name("programs/acme/boards/" + id);
  request.set_etag(etag);
  request.set_request_id(NewRequestId());
  auto deleted = Invoke(*admin, &v1::BoardAdminService::Stub::DeleteBoard, request);
  head = deleted.ok() ? std::max(head, deleted->revision()) : head;
  return deleted;
}

absl::StatusOr<v1::Period> BoardServer::Close(const std::string& period) {
  v1::ClosePeriodRequest request;
  request.set_name(period);
  request.set_request_id(NewRequestId());
  return Invoke(*admin, &v1::BoardAdminService::Stub::ClosePeriod, request);
}

absl::StatusOr<v1::Period> BoardServer::Amend(const std::string& period,
                                              const std::string& reason) {
  v1::AmendPeriodRequest request;
  request.set_name(period);
  request.set_reason(reason);
  request.set_request_id(NewRequestId());
  return Invoke(*admin, &v1::BoardAdminService::Stub::AmendPeriod, request);
}

absl::StatusOr<v1::Period> BoardServer::GetPeriod(const std::string& period) {
  v1::GetPeriodRequest request;
  request.set_name(period);
  return Invoke(*boards, &v1::BoardService::Stub::GetPeriod, request);
}

absl::StatusOr<v1::ListEntriesResponse> BoardServer::List(const std::string& period, int page_size,
                                                          const std::string& page_token) {
  v1::ListEntriesRequest request;
  request.set_parent(period);
  request.set_page_size(page_size);
  request.set_page_token(page_token);
  request.set_min_revision(head);
  return Invoke(*boards, &v1::BoardService::Stub::ListEntries, request);
}

void BoardServer::AddMember(const std::string& id) {
  v1::CreateMemberRequest request;
  request.set_parent("programs/acme");
  request.set_member_id(id);
  request.mutable_member()->set_display_name("Member " + id);
  request.set_request_id(NewRequestId());
  const auto member = Invoke(*members, &v1::MemberAdminService::Stub::CreateMember, request);
  ASSERT_THAT(member, IsOk());
  head = std::max(head, member->revision());
}

void BoardServer::Rename(const std::string& member, const std::string& display_name) {
  v1::UpdateMemberRequest request;
  request.mutable_member()->set_name(MemberOf(member));
  request.mutable_member()->set_display_name(display_name);
  request.mutable_update_mask()->add_paths("display_name");
  request.set_request_id(NewRequestId());
  const auto renamed = Invoke(*members, &v1::MemberAdminService::Stub::UpdateMember, request);
  ASSERT_THAT(renamed, IsOk());
  head = std::max(head, renamed->revision());
}

void BoardServer::Suspend(const std::string& member) {
  v1::SuspendMemberRequest request;
  request.set_name(MemberOf(member));
  request.set_request_id(NewRequestId());
  const auto suspended = Invoke(*members, &v1::MemberAdminService::Stub::SuspendMember, request);
  ASSERT_THAT(suspended, IsOk());
  head = std::max(head, suspended->revision());
}

void BoardServer::Reinstate(const std::string& member) {
  v1::ReinstateMemberRequest request;
  request.set_name(MemberOf(member));
  request.set_request_id(NewRequestId());
  const auto back = Invoke(*members, &v1::MemberAdminService::Stub::ReinstateMember, request);
  ASSERT_THAT(back, IsOk());
  head = std::max(head, back->revision());
}

void BoardServer::Ledger(const std::function<void(domain::LedgerUnit&)>& work) {
  Write([&](ports::StoreReader& reader, const ports::UnitContext& context) {
    domain::LedgerUnit ledger(reader.ledger().Books("acme"), Zone::Utc(), context.revision,
                              context.now);
    work(ledger);
    ports::Decision decision;
    decision.changes.ledger = ledger.Take();
    return decision;
  });
}

void BoardServer::SetHead(const std::string& member, const std::string& into) {
  const domain::MemberKey key = KeyOf(member);
  const domain::MemberKey into_key = into.empty() ? domain::MemberKey() : KeyOf(into);
  Write([&](ports::StoreReader& reader, const ports::UnitContext& context) {
    return tests::SetHead(reader, context, "acme", key, into_key);
  });
}

void BoardServer::Write(ports::Decide decide) {
  ports::Unit unit;
  unit.program = "acme";
  unit.now = clock.Now();
  unit.decide = std::move(decide);
  const auto outcome = jobs::WriteAndWait(store(), std::move(unit));
  ASSERT_THAT(outcome, IsOk());
  head = std::max(head, outcome->revision);
}

domain::MemberKey BoardServer::KeyOf(const std::string& member) {
  domain::MemberKey key;
  EXPECT_THAT(store().Read([&](ports::StoreReader& reader) {
    key = reader.members().Find("acme", member).value()->key;
    return absl::OkStatus();
  }),
              IsOk());
  return key;
}

domain::TransferId BoardServer::Earn(const std::string& member, std::int64_t amount) {
  const domain::MemberKey key = KeyOf(member);
  domain::TransferId id;
  Ledger([&](domain::LedgerUnit& ledger) {
    domain::TransferDraft draft;
    draft.debit = {"reputation", {}, std::string(domain::kIssuedAccount)};
    draft.credit = {"reputation", key, ""};
    draft.amount = amount;
    id = ledger.Post(draft).value();
  });
  return id;
}

void BoardServer::Reverse(domain::TransferId transfer) {
  Ledger([&](domain::LedgerUnit& ledger) { EXPECT_THAT(ledger.Reverse(transfer, 0, ""), IsOk()); });
}

}  // namespace perigee::tests
