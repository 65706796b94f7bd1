// Attachments of insider items on real servers: what one server withdraws, downloads of the other
// end with; and uploads survive a crash.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "perigee/v1/attachment.grpc.pb.h"
#include "perigee/v1/insider.grpc.pb.h"
#include "server/core/sha256.h"
#include "tests/faults/programme.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/perigeed.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kDeadline{60};
constexpr std::chrono::seconds kShutWithin{1};
constexpr std::size_t kPiece = std::size_t{256} * 1024;
// More than the network holds on its way.
constexpr std::size_t kLarge = std::size_t{32} * 1024 * 1024;
const std::string kItem = absl::StrCat(kFaultProgram, "/items/bike");

std::string NewRequestId() {
  static std::uint64_t last = 0;
  return load::RequestId(77, ++last);
}

void Limit(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
}

// Calls one method of a stub.
template <class Stub, class Request, class Response>
grpc::Status Call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response) {
  grpc::ClientContext context;
  Limit(context);
  return (stub.*method)(&context, request, &response);
}

// The item `bike`, open for everybody of the programme.
void OpenBike(const Perigeed& server) {
  const auto stub = v1::InsiderAdminService::NewStub(server.Channel("internal"));
  v1::CreateItemRequest create;
  create.set_parent(kFaultProgram);
  create.set_item_id("bike");
  create.mutable_item()->set_display_name("The next bike");
  create.mutable_item()->set_kind(v1::InsiderItem::KIND_PREVIEW);
  create.set_request_id(NewRequestId());
  v1::InsiderItem item;
  ASSERT_TRUE(Call(*stub, &v1::InsiderAdminService::Stub::CreateItem, create, item).ok());
  v1::OpenItemRequest open;
  open.set_name(kItem);
  open.set_request_id(NewRequestId());
  ASSERT_TRUE(Call(*stub, &v1::InsiderAdminService::Stub::OpenItem, open, item).ok());
}

grpc::Status Withdraw(const Perigeed& server) {
  const auto stub = v1::InsiderAdminService::NewStub(server.Channel("internal"));
  v1::WithdrawItemRequest request;
  request.set_name(kItem);
  request.set_request_id(NewRequestId());
  v1::InsiderItem item;
  return Call(*stub, &v1::InsiderAdminService::Stub::WithdrawItem, request, item);
}

v1::UploadAttachmentRequest UploadOf(const std::string& bytes) {
  v1::UploadAttachmentRequest request;
  request.set_parent(kItem);
  request.set_attachment_id("film");
  request.set_display_name("film.bin");
  request.set_media_type("application/octet-stream");
  request.set_size(static_cast<std::int64_t>(bytes.size()));
  request.set_digest(Hex(Sha256(bytes)));
  request.set_request_id(NewRequestId());
  return request;
}

// Sends the bytes `from` to `to`, and ends the stream.
grpc::Status Upload(const Perigeed& server, v1::UploadAttachmentRequest message,
                    const std::string& bytes, std::size_t from, std::size_t to) {
  const auto stub = v1::AttachmentAdminService::NewStub(server.Channel("internal"));
  grpc::ClientContext context;
  Limit(context);
  v1::Attachment added;
  const auto stream = stub->UploadAttachment(&context, &added);
  message.set_offset(static_cast<std::int64_t>(from));
  while (from < to) {
    const std::size_t size = std::min(kPiece, to - from);
    message.set_data(bytes.substr(from, size));
    if (!stream->Write(message)) {
      break;
    }
    message.Clear();
    from += size;
  }
  stream->WritesDone();
  return stream->Finish();
}

// A download of `film` by a member of the programme.
class Download {
 public:
  Download(const Perigeed& server, std::int64_t offset)
      : stub_(v1::AttachmentService::NewStub(server.Channel("public"))) {
    Limit(context_);
    v1::DownloadAttachmentRequest request;
    request.set_name(kItem + "/attachments/film");
    request.set_member(FaultMember(0));
    request.set_offset(offset);
    stream_ = stub_->DownloadAttachment(&context_, request);
  }
  bool Take() {
    v1::DownloadAttachmentResponse part;
    if (!stream_->Read(&part)) {
      return false;
    }
    bytes += part.data();
    return true;
  }
  grpc::Status Finish() {
    while (Take()) {
    }
    return stream_->Finish();
  }

  std::string bytes;

 private:
  std::unique_ptr<v1::AttachmentService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::DownloadAttachmentResponse>> stream_;
};

TEST(DownloadsTest, WhatOneServerWithdrawsEndsDownloadsOfTheOther) {
  std::string reason;
  const auto postgres = PostgresServer::Start(reason);
  if (postgres == nullptr) {
    PERIGEE_SKIP_OR_FAIL(reason);
  }
  const std::string uri = postgres->MakeDatabase();
  ASSERT_EQ(Perigeed::Run("migrate", uri).exit_code, 0);
  std::array<std::unique_ptr<Perigeed>, 2> servers;
  for (auto& server : servers) {
    server = std::make_unique<Perigeed>(Perigeed::Options{.store = uri});
    ASSERT_THAT(server->Start(), IsOk());
  }
  ASSERT_TRUE(MakeFaultProgramme(servers[0]->Channel("internal")).ok());
  OpenBike(*servers[0]);
  const std::string bytes(kLarge, 'f');
  ASSERT_TRUE(Upload(*servers[0], UploadOf(bytes), bytes, 0, bytes.size()).ok());

  // Both servers have the bytes.
  Download whole(*servers[1], 0);
  EXPECT_TRUE(whole.Finish().ok());
  EXPECT_TRUE(whole.bytes == bytes);
  Download mine(*servers[1], 0);
  Download unread(*servers[1], 0);
  ASSERT_TRUE(mine.Take());
  ASSERT_TRUE(unread.Take());
  ASSERT_TRUE(Withdraw(*servers[0]).ok());
  const auto withdrawn = steady_clock::now();
  const grpc::Status ended = mine.Finish();
  EXPECT_TRUE(Await([&] { return servers[1]->Metric("perigee_downloads_shut_total") == 2; }));
  const auto took = steady_clock::now() - withdrawn;
  std::cout << "downloads of the other server ended "
            << std::chrono::duration<double, std::milli>(took).count()
            << " ms after the answer to the withdrawal\n";
  EXPECT_LT(took, kShutWithin);
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_LT(mine.bytes.size(), kLarge);
  EXPECT_EQ(unread.Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_LT(unread.bytes.size(), kLarge);
  Download next(*servers[1], static_cast<std::int64_t>(mine.bytes.size()));
  EXPECT_EQ(next.Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(next.bytes, "");
  const auto check = Perigeed::Run("check", uri);
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

TEST(DownloadsTest, AnUploadGoesOnAfterACrash) {
  TemporaryFolder folder;
  const std::string store = "sqlite:" + folder.File("store.db");
  ASSERT_EQ(Perigeed::Run("migrate", store).exit_code, 0);
  Perigeed server({.store = store});
  ASSERT_THAT(server.Start(), IsOk());
  ASSERT_TRUE(MakeFaultProgramme(server.Channel("internal")).ok());
  OpenBike(server);
  const std::string bytes(5 * kPiece + 99, 'f');
  const v1::UploadAttachmentRequest upload = UploadOf(bytes);
  EXPECT_EQ(Upload(server, upload, bytes, 0, 2 * kPiece).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  server.Kill();
  ASSERT_THAT(server.Start(), IsOk());
  const auto stub = v1::AttachmentAdminService::NewStub(server.Channel("internal"));
  v1::GetUploadRequest asked;
  asked.set_parent(kItem);
  asked.set_upload_id(upload.request_id());
  v1::Upload known;
  ASSERT_TRUE(Call(*stub, &v1::AttachmentAdminService::Stub::GetUpload, asked, known).ok());
  EXPECT_EQ(known.offset(), static_cast<std::int64_t>(2 * kPiece));
  EXPECT_TRUE(Upload(server, upload, bytes, 2 * kPiece, bytes.size()).ok());
  server.Kill();
  ASSERT_THAT(server.Start(), IsOk());
  Download download(server, 0);
  EXPECT_TRUE(download.Finish().ok());
  EXPECT_TRUE(download.bytes == bytes);
  server.Stop();
  const auto check = Perigeed::Run("check", store);
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

}  // namespace
}  // namespace perigee::tests
