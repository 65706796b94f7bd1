#include "tests/services/ledger/capital_server.h"

#include "tests/matchers/status.h"

namespace perigee::tests {

CapitalServer::CapitalServer()
    : program_service(fixture.call(), fixture.tokens()),
      member_service(fixture.call(), fixture.ids, fixture.tokens(), fixture.search()),
      activity_service(fixture.call(), fixture.tokens(), fixture.no_places()),
      capital_service(fixture.call(), fixture.tokens()),
      capital_admin_service(fixture.call(), fixture.no_places()) {
  fixture.Serve({&program_service, &member_service, &activity_service, &capital_service,
                 &capital_admin_service});
  programs = v1::ProgramAdminService::NewStub(fixture.channel());
  members = v1::MemberAdminService::NewStub(fixture.channel());
  activities = v1::ActivityAdminService::NewStub(fixture.channel());
  reads = v1::CapitalService::NewStub(fixture.channel());
  changes = v1::CapitalAdminService::NewStub(fixture.channel());

  v1::CreateProgramRequest program;
  program.set_program_id("acme");
  program.mutable_program()->set_display_name("Acme");
  program.set_request_id(fixture.NewRequestId());
  EXPECT_THAT(Invoke(*programs, &v1::ProgramAdminService::Stub::CreateProgram, program), IsOk());
  for (const char* id : {"stars", "gems"}) {
    v1::CreateAssetRequest asset;
    asset.set_parent(kAcme);
    asset.set_asset_id(id);
    asset.mutable_asset()->set_display_name(id);
    asset.mutable_asset()->set_spendable(true);
    asset.mutable_asset()->set_lot_lifetime_months(12);
    asset.set_request_id(fixture.NewRequestId());
    EXPECT_THAT(Invoke(*programs, &v1::ProgramAdminService::Stub::CreateAsset, asset), IsOk());
  }
  for (const char* id : {"ada", "bob"}) {
    v1::CreateMemberRequest member;
    member.set_parent(kAcme);
    member.set_member_id(id);
    member.mutable_member()->set_display_name(id);
    member.set_request_id(fixture.NewRequestId());
    EXPECT_THAT(Invoke(*members, &v1::MemberAdminService::Stub::CreateMember, member), IsOk());
  }
}

std::string CapitalServer::Of(const std::string& member, const std::string& asset) {
  return "programs/acme/members/" + member + "/accounts/" + asset;
}

std::string CapitalServer::Own(const std::string& account, const std::string& asset) {
  return "programs/acme/assets/" + asset + "/accounts/" + account;
}

v1::Transfer CapitalServer::Draft(const std::string& debit, const std::string& credit,
                                  std::int64_t amount) {
  v1::Transfer draft;
  draft.set_debit_account(debit);
  draft.set_credit_account(credit);
  draft.set_amount(amount);
  return draft;
}

v1::PostTransfersRequest CapitalServer::Request(const std::vector<v1::Transfer>& drafts) {
  v1::PostTransfersRequest request;
  request.set_parent(kAcme);
  request.mutable_transfers()->Assign(drafts.begin(), drafts.end());
  request.set_request_id(fixture.NewRequestId());
  return request;
}

absl::StatusOr<v1::PostTransfersResponse> CapitalServer::Post(
    const v1::PostTransfersRequest& request) {
  return Invoke(*changes, &v1::CapitalAdminService::Stub::PostTransfers, request);
}

v1::Transfer CapitalServer::Move(const v1::Transfer& draft) {
  const auto response = Post(Request({draft}));
  EXPECT_THAT(response, IsOk());
  return response.ok() ? response->transfers(0) : v1::Transfer();
}

v1::Transfer CapitalServer::Move(const std::string& debit, const std::string& credit,
                                 std::int64_t amount) {
  return Move(Draft(debit, credit, amount));
}

v1::Transfer CapitalServer::Hold(const std::string& debit, const std::string& credit,
                                 std::int64_t amount) {
  v1::Transfer draft = Draft(debit, credit, amount);
  draft.mutable_expire_time()->set_seconds(
      std::chrono::duration_cast<std::chrono::seconds>(fixture.clock.Now().time_since_epoch())
          .count() +
      3600);
  return Move(draft);
}

v1::Account CapitalServer::Account(const std::string& name) {
  v1::GetAccountRequest request;
  request.set_name(name);
  const auto account = Invoke(*reads, &v1::CapitalService::Stub::GetAccount, request);
  EXPECT_THAT(account, IsOk());
  return account.value_or(v1::Account());
}

void CapitalServer::Suspend(const std::string& member) {
  v1::SuspendMemberRequest request;
  request.set_name("programs/acme/members/" + member);
  request.set_request_id(fixture.NewRequestId());
  EXPECT_THAT(Invoke(*members, &v1::MemberAdminService::Stub::SuspendMember, request), IsOk());
}

absl::StatusOr<v1::Transfer> CapitalServer::Capture(const std::string& name, std::int64_t amount) {
  v1::CaptureTransferRequest request;
  request.set_name(name);
  request.set_amount(amount);
  request.set_request_id(fixture.NewRequestId());
  return Invoke(*changes, &v1::CapitalAdminService::Stub::CaptureTransfer, request);
}

absl::StatusOr<v1::Transfer> CapitalServer::Void(const std::string& name) {
  v1::VoidTransferRequest request;
  request.set_name(name);
  request.set_request_id(fixture.NewRequestId());
  return Invoke(*changes, &v1::CapitalAdminService::Stub::VoidTransfer, request);
}

absl::StatusOr<v1::Transfer> CapitalServer::Reverse(const std::string& name, std::int64_t amount,
                                                    const std::string& memo) {
  v1::ReverseTransferRequest request;
  request.set_name(name);
  request.set_amount(amount);
  request.set_memo(memo);
  request.set_request_id(fixture.NewRequestId());
  return Invoke(*changes, &v1::CapitalAdminService::Stub::ReverseTransfer, request);
}

absl::StatusOr<v1::Account> CapitalServer::Open(const std::string& id) {
  v1::CreateAccountRequest request;
  request.set_parent("programs/acme/assets/stars");
  request.set_account_id(id);
  request.set_request_id(fixture.NewRequestId());
  return Invoke(*changes, &v1::CapitalAdminService::Stub::CreateAccount, request);
}

absl::StatusOr<v1::ExplainTransferResponse> CapitalServer::Explain(const std::string& name) {
  v1::ExplainTransferRequest request;
  request.set_name(name);
  return Invoke(*reads, &v1::CapitalService::Stub::ExplainTransfer, request);
}

}  // namespace perigee::tests
