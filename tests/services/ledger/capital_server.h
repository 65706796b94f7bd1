#pragma once

#include <memory>
#include <string>

#include "perigee/v1/capital.grpc.pb.h"
#include "server/services/ledger/capital_admin_service.h"
#include "server/services/ledger/capital_service.h"
#include "tests/services/admin_server.h"

namespace perigee::tests {

inline constexpr char kAcme[] = "programs/acme";

// A server with a programme `acme`, the members ada and bob, and the capital services. Members
// spend `stars` and `gems`, in lots of 12 months; they only earn `reputation`.
class CapitalServer {
 public:
  CapitalServer();
  ~CapitalServer() { fixture.StopServing(); }

  static std::string Of(const std::string& member, const std::string& asset = "stars");
  static std::string Own(const std::string& account, const std::string& asset = "stars");

  static v1::Transfer Draft(const std::string& debit, const std::string& credit,
                            std::int64_t amount);
  v1::PostTransfersRequest Request(const std::vector<v1::Transfer>& drafts);
  absl::StatusOr<v1::PostTransfersResponse> Post(const v1::PostTransfersRequest& request);
  // These must succeed.
  v1::Transfer Move(const v1::Transfer& draft);
  v1::Transfer Move(const std::string& debit, const std::string& credit, std::int64_t amount);
  // Makes a hold of one hour.
  v1::Transfer Hold(const std::string& debit, const std::string& credit, std::int64_t amount);

  v1::Account Account(const std::string& name);
  void Suspend(const std::string& member);

  absl::StatusOr<v1::Transfer> Capture(const std::string& name, std::int64_t amount = 0);
  absl::StatusOr<v1::Transfer> Void(const std::string& name);
  absl::StatusOr<v1::Transfer> Reverse(const std::string& name, std::int64_t amount = 0,
                                       const std::string& memo = "");
  absl::StatusOr<v1::Account> Open(const std::string& id);
  absl::StatusOr<v1::ExplainTransferResponse> Explain(const std::string& name);

  ServerFixture fixture;
  services::ProgramAdminService program_service;
  services::MemberAdminService member_service;
  services::ActivityAdminService activity_service;
  services::CapitalService capital_service;
  services::CapitalAdminService capital_admin_service;

  std::unique_ptr<v1::ProgramAdminService::Stub> programs;
  std::unique_ptr<v1::MemberAdminService::Stub> members;
  std::unique_ptr<v1::ActivityAdminService::Stub> activities;
  std::unique_ptr<v1::CapitalService::Stub> reads;
  std::unique_ptr<v1::CapitalAdminService::Stub> changes;
};

}  // namespace perigee::tests
