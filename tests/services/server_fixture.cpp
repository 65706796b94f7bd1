#include "tests/services/server_fixture.h"

#include <cstdlib>
#include <optional>

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

std::filesystem::path NewFolder() {
  std::string pattern = ::testing::TempDir() + "/perigee_XXXXXX";
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  return pattern;
}

std::optional<Reason> ReasonNamed(const std::string& name) {
  for (const Reason reason : AllReasons()) {
    if (ReasonName(reason) == name) {
      return reason;
    }
  }
  return std::nullopt;
}

}  // namespace

absl::Status FromWire(const grpc::Status& status) {
  if (status.ok()) {
    return absl::OkStatus();
  }
  google::rpc::Status wire;
  wire.ParseFromString(status.error_details());
  EXPECT_EQ(wire.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(wire.message(), status.error_message());
  int infos = 0;
  bool retry_info = false;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  for (const google::protobuf::Any& detail : wire.details()) {
    infos += detail.UnpackTo(&info) ? 1 : 0;
    retry_info = retry_info || detail.Is<google::rpc::RetryInfo>();
    detail.UnpackTo(&bad_request);
  }
  EXPECT_EQ(infos, 1) << status.error_message();
  EXPECT_EQ(info.domain(), "perigee");
  const std::optional<Reason> reason = ReasonNamed(info.reason());
  if (!reason.has_value()) {
    ADD_FAILURE() << "unknown reason " << info.reason() << ": " << status.error_message();
    return absl::UnknownError(status.error_message());
  }
  EXPECT_EQ(static_cast<int>(ReasonCode(*reason)), static_cast<int>(status.error_code()));
  const grpc::StatusCode code = status.error_code();
  EXPECT_EQ(retry_info,
            code == grpc::UNAVAILABLE || code == grpc::ABORTED || code == grpc::RESOURCE_EXHAUSTED);
  if (*reason == Reason::kInvalidField) {
    EXPECT_EQ(bad_request.field_violations_size(), 1);
    EXPECT_EQ(bad_request.field_violations(0).field(), info.metadata().at("field"));
  }
  return Error(*reason, status.error_message(),
               ErrorMetadata(info.metadata().begin(), info.metadata().end()));
}

ServerFixture::ServerFixture(sql::SqlStoreOptions options)
    : clock(*ParseTime("2026-11-21T12:00:00Z")), folder_(NewFolder()) {
  const std::string path = folder_ / "store.db";
  EXPECT_THAT(sql::MigrateSqliteStore(path), IsOk());
  options.telemetry = &metrics;
  store_ = *sql::OpenSqliteStore(path, options);
  tokens_ = std::make_unique<PageTokens>(*store_->TokenSecret());
  executor_ = std::make_unique<runtime::ThreadExecutor>(2, QueueLimits{1000});
  call_ = std::make_unique<services::Call>(*store_, clock, *executor_, metrics);
  directory_ = std::make_unique<adapters::StoreMemberDirectory>(*store_);
  search_ = std::make_unique<adapters::StoreMemberSearch>(*store_);
  no_places_ =
      std::make_unique<services::PlacesAfterWrite>(no_boards_, *directory_, *tokens_, *executor_);
}

ServerFixture::~ServerFixture() {
  StopServing();
  executor_->Stop();
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void ServerFixture::Serve(const std::vector<grpc::Service*>& services) {
  server_ = *runtime::GrpcServer::Start({{"127.0.0.1", 0}, services});
  channel_ = grpc::CreateChannel(server_->address().ToString(), grpc::InsecureChannelCredentials());
}

void ServerFixture::StopServing() {
  channel_.reset();
  server_.reset();
}

std::string ServerFixture::NewRequestId() { return request_ids_.Random().Hex(); }

}  // namespace perigee::tests
