#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/attachment.grpc.pb.h"
#include "perigee/v1/insider.pb.h"
#include "perigee/v1/insider_read.pb.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {

// In `acme`, ada, who has the title mvp, and bob, who has none, sign in by their names. The insider
// item `bike` is open for holders of the title until five minutes after
// the test begins.
class AttachmentServerTest : public testing::Test {
 protected:
  static constexpr char kAdmin[] = "ROLE_PROGRAM_ADMIN";
  static constexpr std::size_t kPiece = std::size_t{256} * 1024;
  inline static const std::string kProgramme = "programs/acme";
  inline static const std::string kBike = "programs/acme/items/bike";

  AttachmentServerTest() {
    server.Identify(kProgramme + "/members/bob", "bob");
    v1::CreateItemRequest create;
    create.set_parent(kProgramme);
    create.set_item_id("bike");
    create.mutable_item()->set_display_name("The next bike");
    create.mutable_item()->set_kind(v1::InsiderItem::KIND_PREVIEW);
    create.mutable_item()->set_audience("title:mvp");
    create.mutable_item()->mutable_close_time()->set_seconds(kCloseSeconds);
    create.set_request_id(server.NewRequestId());
    server.Must<v1::InsiderItem>(server.Token("root"), "InsiderAdminService/CreateItem", create);
    Move<v1::OpenItemRequest>("OpenItem");
    admin = v1::AttachmentAdminService::NewStub(server.channel());
    own = v1::AttachmentService::NewStub(server.channel());
  }

  template <class Request>
  void Move(const std::string& method) {
    Request request;
    request.set_name(kBike);
    request.set_request_id(server.NewRequestId());
    server.Must<v1::InsiderItem>(server.Token("root"), "InsiderAdminService/" + method, request);
  }
  void Withdraw() { Move<v1::WithdrawItemRequest>("WithdrawItem"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request, std::string* answer = nullptr) {
    return server.CallWith(server.Token(who), MethodNamed(method), request, answer);
  }
  void SignIn(grpc::ClientContext& context, const std::string& who) const {
    context.AddMetadata("authorization", "Bearer " + server.Token(who));
  }

  static std::string SomeBytes(std::size_t size, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random() & 0xffU);
    }
    return bytes;
  }
  // The first message of an upload of these bytes, without them.
  v1::UploadAttachmentRequest UploadOf(const std::string& id, const std::string& bytes) {
    v1::UploadAttachmentRequest request;
    request.set_parent(kBike);
    request.set_attachment_id(id);
    request.set_display_name(id + ".pdf");
    request.set_media_type("application/pdf");
    request.set_size(static_cast<std::int64_t>(bytes.size()));
    request.set_digest(Hex(Sha256(bytes)));
    request.set_request_id(server.NewRequestId());
    return request;
  }
  // Sends the bytes `from` to `to` of the upload, and ends the stream.
  absl::StatusOr<v1::Attachment> Send(v1::UploadAttachmentRequest message, const std::string& bytes,
                                      std::size_t from = 0, std::size_t to = std::string::npos,
                                      bool* replayed = nullptr) {
    grpc::ClientContext context;
    SignIn(context, kAdmin);
    v1::Attachment added;
    const auto stream = admin->UploadAttachment(&context, &added);
    message.set_offset(static_cast<std::int64_t>(from));
    const std::size_t end = std::min(to, bytes.size());
    do {
      const std::size_t size = std::min(kPiece, end - from);
      message.set_data(bytes.substr(from, size));
      from += size;
      if (!stream->Write(message)) {
        break;
      }
      message.Clear();
    } while (from < end);
    stream->WritesDone();
    const grpc::Status status = stream->Finish();
    if (replayed != nullptr) {
      *replayed = context.GetServerInitialMetadata().contains("perigee-replayed");
    }
    if (!status.ok()) {
      return FromWire(status);
    }
    return added;
  }
  v1::Attachment Upload(const std::string& id, const std::string& bytes) {
    const auto added = Send(UploadOf(id, bytes), bytes);
    EXPECT_THAT(added, IsOk());
    return added.value_or(v1::Attachment());
  }
  std::int64_t OffsetOf(const std::string& request_id) {
    v1::GetUploadRequest request;
    request.set_parent(kBike);
    request.set_upload_id(request_id);
    return server
        .Must<v1::Upload>(server.Token(kAdmin), "AttachmentAdminService/GetUpload", request)
        .offset();
  }
  v1::ListAttachmentsResponse List() {
    v1::ListAttachmentsRequest request;
    request.set_parent(kBike);
    return server.Must<v1::ListAttachmentsResponse>(
        server.Token(kAdmin), "AttachmentAdminService/ListAttachments", request);
  }

  static v1::DownloadAttachmentRequest DownloadOf(const std::string& id,
                                                  const std::string& who = "ada",
                                                  std::int64_t offset = 0) {
    v1::DownloadAttachmentRequest request;
    request.set_name(kBike + "/attachments/" + id);
    request.set_member(kProgramme + "/members/" + who);
    request.set_offset(offset);
    return request;
  }

  // 2026-11-21T12:05:00Z.
  static constexpr std::int64_t kCloseSeconds = 1'795'262'700;

  AccessServer server;
  std::unique_ptr<v1::AttachmentAdminService::Stub> admin;
  std::unique_ptr<v1::AttachmentService::Stub> own;
};

}  // namespace perigee::tests
